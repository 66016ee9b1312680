import type { Lane } from './lane';

/** A group of recipients of one event, as the inbox hands it out; at most {@link entryMaxRecipients}. */
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
  /** When the store was asked for it, by the monotonic clock: the claim is no older. Absent: just now. */
  readonly claimedAtMs?: number;
  /** True: its recipients' duplicate marks are known to be its own, they need not be asked for. */
  readonly marksHeld?: boolean;
}

/** The most recipients that an entry holds. */
export const entryMaxRecipients = 500;

/** The recipients of an event, as its entries hold them. */
export function inEntries(
  uids: readonly string[],
  atMost = entryMaxRecipients,
): readonly (readonly string[])[] {
  if (uids.length <= atMost) return uids.length === 0 ? [] : [uids];
  const entries: (readonly string[])[] = [];
  for (let from = 0; from < uids.length; from += atMost) entries.push(uids.slice(from, from + atMost));
  return entries;
}
