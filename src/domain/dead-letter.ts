import type { TokenKind } from './provider-table';

export interface DeadLetter {
  /** Sorts by time; unique. */
  readonly id: string;
  readonly atMs: number;
  /**
   * webhook: a request that could not be read. entry: an inbox entry (poison). delivery: one or more deliveries. forward: a request
   * that a receiver beside the relay did not take; `route` names the receiver.
   */
  readonly source: 'webhook' | 'entry' | 'delivery' | 'forward';
  readonly reason: string;
  readonly detail: string | null;
  readonly messageId: string | null;
  readonly route: string | null;
  readonly receivedAtMs: number;
  /** Who did not get it; empty for `webhook` and `forward`. `deviceId` null: the whole uid. */
  readonly recipients: readonly {
    readonly uid: string;
    readonly deviceId: string | null;
    readonly tokenKind: TokenKind | null;
  }[];
  /** The inbox body (source entry, delivery) or the request body (webhook, forward); cut at the configured length. */
  readonly body: Buffer;
  readonly bodyTruncated: boolean;
}

/** Which dead letters are to be sent again. */
export interface ReplayRequest {
  /** Null: a piece of all that the store holds, from `cursor` on. */
  readonly ids: readonly string[] | null;
  /** Where the piece before ended; null: at the newest. */
  readonly cursor: string | null;
  /** Letters whose event was received longer ago stay where they are. */
  readonly maxMessageAgeMs: number;
}

/** Why a letter was not replayed; it stays in the dead letters. */
export type ReplaySkip = 'not_found' | 'too_old' | 'truncated' | 'unreadable';

export interface ReplayReport {
  readonly replayed: number;
  readonly skipped: Readonly<Partial<Record<ReplaySkip, number>>>;
  /** Letters that the store holds now, what was skipped included. */
  readonly remaining: number;
  /** Of the next piece; null: all have been looked at. */
  readonly nextCursor: string | null;
}
