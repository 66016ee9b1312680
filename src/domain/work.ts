import type { ProviderName, ApnsEnvironment, TokenKind } from './device';

/** direct: at most 20 recipients; bulk: more. Read 4 : 1, so that a big group never delays a person. */
export type Lane = 'direct' | 'bulk';

/** Where a delivery goes: one credential's work. Pausing and concurrency are per route. */
export interface Route {
  readonly app: string;
  readonly provider: ProviderName;
  readonly environment: ApnsEnvironment;
}

export function routeId(route: Route): string {
  return `${route.provider}/${route.environment}/${route.app}`;
}

/**
 * A delivery that is not settled and no longer in the inbox: it waits for its time, for room, or for a credential.
 * It refers to its body, which the store keeps until nothing refers to it.
 */
export interface PendingDelivery {
  /** The delivery's id (UUIDv5 of app, message, uid, device and kind): scheduling it again replaces it. */
  readonly id: string;
  readonly bodyId: string;
  readonly route: string;
  readonly uid: string;
  readonly deviceId: string;
  readonly tokenKind: TokenKind;
  /** Attempts made so far (0: it only waits for room). */
  readonly attempts: number;
  readonly ambiguousAttempts: number;
  /** Earliest next attempt, ms since the epoch. For a parked delivery: its deadline. */
  readonly dueAtMs: number;
  /** Reception of the event, ms since the epoch. */
  readonly receivedAtMs: number;
  readonly lastReason: string | null;
  /** Set while it waits for a paused credential to heal; the route's pause, not a time, wakes it. */
  readonly parked: boolean;
  /** How many messages that a storm held back it stands for, at every attempt; absent where no storm did. */
  readonly summaryOf?: number;
  /**
   * Set while it waits for more of them: an entry's end adds its own delivery of the same id to it. Orders the messages:
   * the body of the highest stays.
   */
  readonly collects?: number;
}

/** A group of recipients of one event, as the inbox hands it out; at most 500. */
export interface InboxEntry {
  readonly id: string;
  readonly lane: Lane;
  readonly bodyId: string;
  readonly body: Buffer;
  readonly receivedAtMs: number;
  readonly recipients: readonly string[];
  /** What the last holder left by `renew`: opaque to the store. */
  readonly progress: Buffer | null;
  /** How often it was handed out, this time included. */
  readonly claims: number;
  /** When the store was asked for it, ms since the epoch: the claim is no older. Absent: just now. */
  readonly claimedAtMs?: number;
  /** True: its recipients' duplicate marks are known to be its own, they need not be asked for. */
  readonly marksHeld?: boolean;
}

export interface DeadLetter {
  /** Sorts by time; unique. */
  readonly id: string;
  readonly atMs: number;
  /** webhook: a request that could not be read. entry: an inbox entry (poison). delivery: one or more deliveries. */
  readonly source: 'webhook' | 'entry' | 'delivery';
  readonly reason: string;
  readonly detail: string | null;
  readonly messageId: string | null;
  readonly route: string | null;
  readonly receivedAtMs: number;
  /** Who did not get it; empty for `webhook`. `deviceId` null: the whole uid. */
  readonly recipients: readonly {
    readonly uid: string;
    readonly deviceId: string | null;
    readonly tokenKind: TokenKind | null;
  }[];
  /** The inbox body (source entry, delivery) or the request body (webhook); cut at the configured length. */
  readonly body: Buffer;
  readonly bodyTruncated: boolean;
}

/** What the online-status events say of one device flag of a uid. */
export interface PresenceFlag {
  readonly deviceFlag: number;
  readonly connections: number;
  readonly changedAtMs: number;
}

export interface Presence {
  readonly flags: readonly PresenceFlag[];
  readonly lastSeenAtMs: number | null;
}

/** One item of `user.onlinestatus`: counts after the change, which outrank the event's own on/off field. */
export interface PresenceChange {
  readonly uid: string;
  readonly deviceFlag: number;
  readonly online: boolean;
  /** Connections left with this flag. */
  readonly connections: number;
  /** Connections left of the uid. */
  readonly total: number;
}

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

export interface Mute {
  readonly channelType: number;
  readonly channelId: string;
  readonly untilMs: number | null;
  readonly allowMentions: boolean;
}
