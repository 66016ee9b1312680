import type { InboxEntry } from '../../../domain/inbox-entry';
import type { Lane } from '../../../domain/lane';
import { entryId } from '../waiting/entry-id';

/** An entry as a stream holds it. */
export interface StoredEntry {
  readonly lane: Lane;
  readonly streamId: string;
  readonly claims: number;
  readonly head: Buffer;
  readonly body: Buffer | null;
  /** Where the body stands by itself. */
  readonly sharedBodyId: string | null;
  readonly progress: Buffer | null;
}

type Reply = Buffer | number | null;

/** What the claim script answers. */
export function readClaimReply(
  reply: unknown,
): [entries: readonly StoredEntry[], bodies: ReadonlyMap<string, Buffer>] {
  const [rows, pairs] = reply as [Reply[], (Buffer | null)[]];
  const entries: StoredEntry[] = [];
  for (let at = 0; at + 6 < rows.length; at += 7) {
    const shared = rows[at + 5] as Buffer | null;
    entries.push({
      lane: laneOf(rows[at] as Buffer),
      streamId: (rows[at + 1] as Buffer).toString('latin1'),
      claims: rows[at + 2] as number,
      head: rows[at + 3] as Buffer,
      body: rows[at + 4] as Buffer | null,
      sharedBodyId: shared === null ? null : shared.toString(),
      progress: rows[at + 6] as Buffer | null,
    });
  }
  const bodies = new Map<string, Buffer>();
  for (let at = 0; at + 1 < pairs.length; at += 2) {
    const body = pairs[at + 1];
    if (body) bodies.set(String(pairs[at]), body);
  }
  return [entries, bodies];
}

/** What XREADGROUP answers: for each stream its key and its entries; null when there was nothing. */
export function readStreamReply(reply: unknown): StoredEntry[] {
  const entries: StoredEntry[] = [];
  for (const [key, rows] of (reply ?? []) as [Buffer, [Buffer, Buffer[]][]][]) {
    const lane: Lane = key.toString('latin1', key.length - 4) === 'bulk' ? 'bulk' : 'direct';
    for (const [streamId, [, head = empty, kind, value = empty]] of rows) {
      const shared = kind?.toString('latin1') === 'b';
      entries.push({
        lane,
        streamId: streamId.toString('latin1'),
        claims: 1,
        head,
        body: shared ? null : value,
        sharedBodyId: shared ? value.toString() : null,
        progress: null,
      });
    }
  }
  return entries;
}

/** What an entry's first field holds: reception, body id, recipients. */
export function encodeHead(receivedAtMs: number, bodyId: string, recipients: readonly string[]): string {
  return JSON.stringify([receivedAtMs, bodyId, ...recipients]);
}

export function receivedAtOf(head: Buffer): number {
  return Number(head.toString('latin1', 1, Math.max(1, head.indexOf(comma))));
}

/** A body that is gone is empty: whoever reads it finds that it is none, and says so. */
export function toEntry(
  stored: StoredEntry,
  partition: number,
  bodies: ReadonlyMap<string, Buffer>,
  claimedAtMs: number,
): InboxEntry {
  const { lane, streamId, sharedBodyId, progress, claims } = stored;
  const [receivedAtMs, bodyId, ...recipients] = JSON.parse(stored.head.toString()) as [
    number,
    string,
    ...string[],
  ];
  return {
    id: entryId({ lane, partition, shared: sharedBodyId !== null, streamId }),
    lane,
    bodyId,
    body: stored.body ?? bodies.get(sharedBodyId ?? '') ?? empty,
    receivedAtMs,
    recipients,
    progress,
    claims,
    claimedAtMs,
  };
}

function laneOf(name: Buffer): Lane {
  return name.length === 4 ? 'bulk' : 'direct';
}

const empty = Buffer.alloc(0);
const comma = 0x2c;
