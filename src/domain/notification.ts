import type { ApnsEnvironment, Platform, TokenKind } from './device';

export type NotificationKind = 'alert' | 'background' | 'call';

/** The fields a phone needs to open the right place; `channelId` is what the app opens. */
export interface ConversationData {
  readonly messageId: string;
  readonly messageSeq: number;
  readonly clientMsgNo: string;
  readonly fromUid: string;
  readonly channelId: string;
  readonly channelType: number;
  readonly timestampSeconds: number;
}

/**
 * Provider-neutral content, shared by every device of one render key
 * (app, platform, locale, preview, mention kind, notification kind). What differs a device is in {@link Delivery}.
 */
export interface Notification {
  readonly kind: NotificationKind;
  readonly title: string | null;
  readonly subtitle: string | null;
  readonly body: string | null;
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
  /** The app server's own data (POST /push). */
  readonly data: Readonly<Record<string, string>>;
  readonly priority: 'high' | 'normal';
  /** When the provider may give up, milliseconds since the epoch; null = try once, now or never. */
  readonly expiresAtMs: number | null;
}

/** One notification for one device. `id` is the same on every attempt, by any replica (UUIDv5). */
export interface Delivery {
  readonly id: string;
  readonly uid: string;
  readonly deviceId: string;
  readonly tokenKind: TokenKind;
  readonly token: string;
  readonly platform: Platform;
  readonly environment: ApnsEnvironment;
  /** Absolute badge; null = leave it as it is. */
  readonly badge: number | null;
}
