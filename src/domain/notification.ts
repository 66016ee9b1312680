import type { CallAction, CallMedia, ReadNotice } from './body';
import type { Platform, TokenKind, ProviderLane } from './provider-table';

/** background: wakes the app and shows nothing. badge: sets the number on the icon and does nothing else. */
export type NotificationKind = 'alert' | 'background' | 'badge' | 'call';

/** The fields a phone needs to open the right place; `channelId` is what the app opens. Null: it must not leave the relay. */
export interface ConversationData {
  readonly messageId: string;
  readonly messageSeq: number;
  readonly clientMsgNo: string;
  readonly fromUid: string | null;
  readonly channelId: string | null;
  /** By what the app finds the conversation where `channelId` must not leave the relay; else null. */
  readonly conversationHash: string | null;
  readonly channelType: number;
  readonly timestampSeconds: number;
  /** summary: it stands for several messages, of which this is the newest. recall: in place of this message, which was taken back. */
  readonly kind: 'message' | 'summary' | 'recall';
  /** The payload's; null where it has none, or must not be told. */
  readonly type: number | null;
  /** Null where it must not be told. */
  readonly mention: 'none' | 'me' | 'all' | null;
  /** For the app's notification service extension; null: unknown, or it must not leave the relay. */
  readonly senderName: string | null;
  /** Pictures of the sender, and of the message: https. */
  readonly avatarUrl: string | null;
  readonly imageUrl: string | null;
  /** Of the payload, as the operator lets them through. */
  readonly fields: Readonly<Record<string, string>> | null;
  /** The payload in base64, for the app to decrypt. */
  readonly ciphertext: string | null;
}

/** What a notification says in parts, for vendors whose templates put them together. Null: unknown, or not to be shown. */
export interface NotificationParts {
  readonly sender: string | null;
  readonly group: string | null;
  readonly text: string | null;
}

/** What the app needs to ring, or to stop. Null: it must not leave the relay, or nobody knows it. */
export interface CallData {
  readonly callId: string;
  readonly action: CallAction;
  readonly media: CallMedia;
  readonly fromUid: string | null;
  readonly senderName: string | null;
  /** When the call rings no longer, ms since the epoch. */
  readonly expiresAtMs: number;
}

/** By what an app tells its notifications apart: actions and sounds, Android channels. */
export type NotificationCategory = 'message' | 'mention' | 'call';

/**
 * How far a notification comes forward. quiet: it lights no screen and makes no sound. urgent: it also shows while the user
 * has silenced others.
 */
export type NotificationLevel = 'quiet' | 'normal' | 'urgent';

/**
 * Provider-neutral content, shared by every device of one render key
 * (app, platform, locale, preview, mention kind, notification kind). What differs a device is in {@link Delivery}.
 */
export interface Notification {
  readonly kind: NotificationKind;
  readonly title: string | null;
  readonly subtitle: string | null;
  readonly body: string | null;
  /** Null for what is no message. */
  readonly parts: NotificationParts | null;
  readonly imageUrl: string | null;
  /** `default`, a file of the app's bundle, or null for silence. */
  readonly sound: string | null;
  /** Groups notifications on the phone: one a conversation. */
  readonly threadId: string | null;
  /** A later notification with the same id replaces this one; at most 64 bytes of UTF-8. */
  readonly collapseId: string | null;
  /** Android notification channel; null = the app's default. */
  readonly androidChannelId: string | null;
  /** What a message push carries for the app; null for a push of the app server's own. */
  readonly conversation: ConversationData | null;
  /** What a push about a call carries for the app. */
  readonly call: CallData | null;
  /** Null for a push of the app server's own. */
  readonly category: NotificationCategory | null;
  readonly level: NotificationLevel;
  /** It also wakes the app, which may have something to do about it. */
  readonly wakesApp: boolean;
  /** What was read elsewhere, for the app to remove. */
  /** `isHashed`: `channelId` is the hash of a conversation that must not be named. */
  readonly read: (ReadNotice & { readonly isHashed?: boolean }) | null;
  /** The app server's own data (POST /push). */
  readonly data: Readonly<Record<string, string>>;
  readonly priority: 'high' | 'normal';
  /** When the provider may give up, milliseconds since the epoch; null = try once, now or never. */
  readonly expiresAtMs: number | null;
}

/** What every notification that is about no message leaves out. */
export const aboutNoMessage = {
  subtitle: null,
  parts: null,
  imageUrl: null,
  threadId: null,
  androidChannelId: null,
  conversation: null,
  call: null,
  category: null,
  level: 'normal',
  wakesApp: false,
  read: null,
  data: {},
} as const satisfies Partial<Notification>;

/** One notification for one device. `id` is the same on every attempt, by any replica (UUIDv5). */
export interface Delivery {
  readonly id: string;
  readonly uid: string;
  readonly deviceId: string;
  readonly tokenKind: TokenKind;
  readonly token: string;
  readonly platform: Platform;
  readonly lane: ProviderLane;
  /** Absolute badge; null = leave it as it is. */
  readonly badge: number | null;
}
