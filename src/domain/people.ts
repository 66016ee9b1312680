import type { Device } from './device';

export interface Profile {
  readonly name: string;
  readonly avatarUrl: string | null;
}

export interface QuietHours {
  readonly start: string;
  readonly end: string;
  readonly timezone: string | null;
  readonly days: readonly number[] | null;
  readonly allowCalls: boolean;
  readonly allowMentions: boolean;
}

export interface Preferences {
  readonly locale: string | null;
  readonly preview: 'full' | 'sender' | 'none' | null;
  readonly mutedUntilMs: number | null;
  readonly silenceWhileOnline: 'none' | 'mobile' | 'any' | null;
  readonly quietHours: QuietHours | null;
}

/** As a reader opens it: `channelId` is the peer's uid where two people talk. `channelType`: WuKongIM's. */
export interface Conversation {
  readonly channelType: number;
  readonly channelId: string;
}

export interface Mute extends Conversation {
  readonly untilMs: number | null;
  readonly allowMentions: boolean;
}

/** What is known of one recipient of a message. Without a device, nothing else need be known. */
export interface Recipient {
  readonly uid: string;
  readonly devices: readonly Device[];
  readonly preferences: Preferences | null;
  /** Of the message's conversation, also where its time is over. */
  readonly mute: Mute | null;
  /** What the recipient calls the message's sender; absent where it has no name of its own. */
  readonly alias?: string;
  /** Connected to WuKongIM in the way that silences pushes for this user; absent: not, or nobody has asked. */
  readonly isOnline?: true;
}
