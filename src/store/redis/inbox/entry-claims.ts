import type { Clock } from '../../../domain/clock';
import type { InboxEntry } from '../../../domain/inbox-entry';
import type { Lane } from '../../../domain/lane';
import { readClaimReply, toEntry, type StoredEntry } from './entry-reply';
import { entryId } from '../waiting/entry-id';
import { HeldSuspects } from '../../held-suspects';
import type { HeldBodies } from '../waiting/held-bodies';
import { bodiesScript, claimScript } from './inbox-scripts';
import type { Keys } from '../commands/keys';
import type { DeadlineClient } from '../server/deadline-client';
import type { StoreTime } from '../commands/store-time';
import type { StreamReader } from './stream-reader';

export type Wanted = Readonly<Record<Lane, number>>;

export interface EntryClaimsParts {
  readonly redis: DeadlineClient;
  readonly keys: Keys;
  readonly partitions: number;
  readonly consumer: string;
  readonly claimTimeMs: number;
  readonly clock: Clock;
  readonly time: StoreTime;
  readonly held: HeldBodies;
  readonly readers: readonly StreamReader[];
  /** Gives back what nobody waits for any more. */
  readonly giveBack: (ids: readonly string[]) => Promise<void>;
}

interface Arrived {
  readonly partition: number;
  readonly stored: StoredEntry;
  readonly claimedAtMs: number;
}

interface Question {
  readonly partition: number;
  readonly share: Wanted;
}

interface Answer extends Question {
  readonly found: readonly InboxEntry[];
}

const lanes = ['direct', 'bulk'] as const;
/** A waiting read is ended this often, to look for claims that have run out. */
const sliceMs = { alone: 1_000, cluster: 500 };
/** Fresh entries that arrived while nobody asked are given back to all after this. */
const keptMs = 500;
const pollMs = 100;

/**
 * Hands entries out.
 *
 * A claim first asks every partition (entries given back and claims that have run out, then fresh ones), and where there
 * are none it waits with one blocking read a partition. Of several such reads the first to end wakes the claim; the others go
 * on, and what they bring is `arrived`: handed out by the next claim, or given back when none comes.
 *
 * Of entries that were handed out before only so many are held together (see HeldSuspects). Partitions do not know of each
 * other, so what they hand out too much of goes back at once.
 */
export class EntryClaims {
  #arrived: Arrived[] = [];
  #giveBackTimer: NodeJS.Timeout | null = null;
  readonly #sleepers = new Set<() => void>();
  #scannedAtMs = Number.NEGATIVE_INFINITY;
  #turn = 0;
  #closed = false;
  readonly #suspects: HeldSuspects;
  readonly #parts: EntryClaimsParts;

  constructor(parts: EntryClaimsParts) {
    this.#parts = parts;

    this.#suspects = new HeldSuspects(parts.claimTimeMs, parts.clock);
  }

  async claim(wanted: Wanted, waitMs: number, signal: AbortSignal): Promise<InboxEntry[]> {
    const deadline = performance.now() + waitMs;
    const left = { direct: Math.max(0, wanted.direct), bulk: Math.max(0, wanted.bulk) };
    for (;;) {
      if (this.#closed || signal.aborted || left.direct + left.bulk === 0) return [];
      const entries = await this.#take(left);
      if (signal.aborted && entries.length > 0) {
        await this.#parts.giveBack(entries.map(({ id }) => id));
        return [];
      }
      if (entries.length > 0) return entries;
      const restMs = deadline - performance.now();
      if (restMs <= 0) return [];
      await this.#wait(left, restMs, signal);
    }
  }

  /** Entries were given back here: whoever waits looks again. */
  released(): void {
    this.#wake();
  }

  renewed(id: string): void {
    this.#suspects.renew(id);
  }

  /** Entries are in this holder's hands no more: of those that were handed out before there is room for others. */
  ended(ids: readonly string[]): void {
    let room = false;
    for (const id of ids) {
      this.#parts.held.forget(id);
      room = this.#suspects.drop(id) || room;
    }
    if (!room) return;
    this.#scannedAtMs = Number.NEGATIVE_INFINITY;
    this.#wake();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#wake();
    const { readers } = this.#parts;
    await Promise.all(readers.map((reader) => reader.interrupt()));
    if (this.#giveBackTimer !== null) clearTimeout(this.#giveBackTimer);
    await this.#giveArrivedBack();
    for (const reader of readers) reader.close();
  }

  async #take(left: Record<Lane, number>): Promise<InboxEntry[]> {
    const arrived = await this.#takeArrived(left);
    const entries = [...arrived];
    const { partitions } = this.#parts;
    const scan = this.#scanDue();
    let open = Array.from({ length: partitions }, (_, index) => (index + this.#turn) % partitions);
    this.#turn = (this.#turn + 1) % partitions;
    // A partition that had less than it was asked for is empty: the others are asked for the rest.
    while (open.length > 0 && left.direct + left.bulk > 0) {
      const asked = shares(left, open);
      const replies = await this.#askAll(asked, scan && entries.length === arrived.length);
      for (const { found } of replies)
        for (const entry of found) {
          left[entry.lane] -= 1;
          entries.push(entry);
        }
      const full = ({ share, found }: Answer): boolean =>
        lanes.some(
          (lane) => share[lane] > 0 && found.filter((entry) => entry.lane === lane).length >= share[lane],
        );
      const asking = new Set(asked.map(({ partition }) => partition));
      const stillFull = new Set(replies.filter(full).map(({ partition }) => partition));
      if (partitions === 1) break;
      // Those that were not asked are asked only where nothing is found yet.
      const isNext = (partition: number): boolean =>
        stillFull.has(partition) || (entries.length === 0 && !asking.has(partition));
      open = open.filter(isNext);
    }
    return entries;
  }

  #scanDue(): boolean {
    const now = this.#parts.clock.monotonicMs();
    if (Math.abs(now - this.#scannedAtMs) < Math.min(1_000, this.#parts.claimTimeMs / 10)) return false;
    this.#scannedAtMs = now;
    return true;
  }

  /** What a node that is away holds waits; it keeps nobody from the rest. */
  async #askAll(asked: readonly Question[], scan: boolean): Promise<Answer[]> {
    const answers = await Promise.allSettled(
      asked.map(async ({ partition, share }) => ({
        partition,
        share,
        found: await this.#ask(partition, share, scan),
      })),
    );
    const answered = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
    const [failed] = answers;
    if (answered.length === 0 && failed?.status === 'rejected') throw failed.reason;
    return answered;
  }

  async #ask(partition: number, share: Wanted, scan: boolean): Promise<InboxEntry[]> {
    const { redis, keys, consumer, claimTimeMs } = this.#parts;
    const wanted = lanes.filter((lane) => share[lane] > 0).flatMap((lane) => [lane, String(share[lane])]);
    const claimedAtMs = this.#parts.clock.monotonicMs();
    const reply = await redis.run(claimScript, keys.partition(partition), [
      consumer,
      String(claimTimeMs),
      scan ? '1' : '0',
      this.#parts.time.argument(),
      String(this.#suspects.count),
      String(this.#suspects.highest),
      ...wanted,
    ]);
    const [stored, bodies] = readClaimReply(reply);
    const entries: InboxEntry[] = [];
    const excess: string[] = [];
    for (const one of stored) {
      const entry = toEntry(one, partition, bodies, claimedAtMs);
      if (this.#suspects.admits(entry.claims)) entries.push(this.#hand(one, entry));
      else excess.push(entry.id);
    }
    // What cannot be given back runs out.
    if (excess.length > 0) await this.#parts.giveBack(excess).catch(() => {});
    return entries;
  }

  #hand(stored: StoredEntry, entry: InboxEntry): InboxEntry {
    if (stored.body !== null) this.#parts.held.hold(entry.id, entry.bodyId);
    this.#suspects.hold(entry.id, entry.claims);
    return entry;
  }

  async #takeArrived(left: Record<Lane, number>): Promise<InboxEntry[]> {
    if (this.#arrived.length === 0) return [];
    const taken: Arrived[] = [];
    this.#arrived = this.#arrived.filter((one) => {
      if (left[one.stored.lane] === 0) return true;
      left[one.stored.lane] -= 1;
      taken.push(one);
      return false;
    });
    try {
      const bodies = await this.#sharedBodies(taken);
      return taken.map(({ stored, partition, claimedAtMs }) =>
        this.#hand(stored, toEntry(stored, partition, bodies, claimedAtMs)),
      );
    } catch (error) {
      this.#keep(taken);
      throw error;
    }
  }

  async #sharedBodies(taken: readonly Arrived[]) {
    const bodies = new Map<string, Buffer>();
    const shared = taken.filter(({ stored }) => stored.sharedBodyId !== null);
    await Promise.all(
      shared.map(async ({ partition, stored: { sharedBodyId } }) => {
        const { redis, keys } = this.#parts;
        const [body] = (await redis.run(bodiesScript, keys.partition(partition), [sharedBodyId ?? ''])) as [
          Buffer | null,
        ];
        if (body !== null) bodies.set(sharedBodyId ?? '', body);
      }),
    );
    return bodies;
  }

  async #wait(left: Wanted, restMs: number, signal: AbortSignal): Promise<void> {
    // It may have come while the partitions were asked.
    if (this.#arrived.some(({ stored }) => left[stored.lane] > 0)) return;
    const alone = this.#parts.partitions === 1;
    // An entry may be as old as the read that brought it: that must be little of the claim.
    const waitMs = Math.min(restMs, alone ? sliceMs.alone : sliceMs.cluster, this.#parts.claimTimeMs / 10);
    const asked = lanes.filter((lane) => left[lane] > 0);
    const count = alone ? Math.min(...asked.map((lane) => left[lane])) : 1;
    let timer: NodeJS.Timeout | undefined;
    let wake: () => void = () => {};
    const woken = new Promise<void>((resolve) => {
      this.#sleepers.add((wake = resolve));
      // Alone, the read itself ends in time; the timer is for one that cannot even begin.
      timer = setTimeout(resolve, waitMs + (alone ? pollMs : 0));
    });
    signal.addEventListener('abort', wake, { once: true });
    this.#parts.readers.forEach((reader, partition) => {
      if (!reader.waiting) void this.#read(reader, partition, asked, count, waitMs);
    });
    await woken;
    this.#sleepers.delete(wake);
    clearTimeout(timer);
    signal.removeEventListener('abort', wake);
    if (signal.aborted) await this.#stopReading();
  }

  /** Nothing is taken for a claim that is over. What came at the last moment goes back. */
  async #stopReading(): Promise<void> {
    await Promise.all(this.#parts.readers.map((reader) => reader.interrupt()));
    await this.#giveArrivedBack();
  }

  #wake(): void {
    for (const wake of this.#sleepers) wake();
  }

  async #read(
    reader: StreamReader,
    partition: number,
    asked: readonly Lane[],
    count: number,
    waitMs: number,
  ): Promise<void> {
    const alone = this.#parts.partitions === 1;
    try {
      // Of many, one that ends with nothing goes on for as long as a claim waits for any of them.
      let stored: StoredEntry[];
      let claimedAtMs: number;
      do {
        claimedAtMs = this.#parts.clock.monotonicMs();
        stored = await reader.read(asked, count, waitMs);
      } while (stored.length === 0 && !alone && !this.#closed && this.#sleepers.size > 0);
      if (stored.length > 0) this.#keep(stored.map((one) => ({ partition, stored: one, claimedAtMs })));
      if (stored.length > 0 || alone) this.#wake();
    } catch {
      // Until the connection stands again, claims look by themselves, every tenth of a second.
      setTimeout(() => this.#wake(), pollMs).unref();
    }
  }

  #keep(arrived: readonly Arrived[]): void {
    this.#arrived.push(...arrived);
    this.#giveBackTimer ??= setTimeout(() => {
      this.#giveBackTimer = null;
      void this.#giveArrivedBack();
    }, keptMs);
    this.#giveBackTimer.unref();
  }

  async #giveArrivedBack(): Promise<void> {
    const ids = this.#arrived.map(({ partition, stored: { lane, streamId, sharedBodyId } }) =>
      entryId({ lane, partition, streamId, shared: sharedBodyId !== null }),
    );
    this.#arrived = [];
    // What cannot be given back runs out.
    if (ids.length > 0) await this.#parts.giveBack(ids).catch(() => {});
  }
}

/** Shares out what is wanted, so that together the partitions hand out no more. */
function shares(left: Wanted, open: readonly number[]): Question[] {
  const of = (wanted: number, index: number): number =>
    Math.floor(wanted / open.length) + (index < wanted % open.length ? 1 : 0);
  return open
    .map((partition, index) => ({
      partition,
      share: { direct: of(left.direct, index), bulk: of(left.bulk, open.length - 1 - index) },
    }))
    .filter(({ share }) => share.direct + share.bulk > 0);
}
