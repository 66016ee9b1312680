import type { TokenKind } from './device';

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
