import type { Lane } from './lane';

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
