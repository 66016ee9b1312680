/*
 * Open this file first: `retries.ts` and `parked.ts`, the two ports of this folder, run their scripts through it. `pending-record.ts` is
 * how a delivery is stored, `pending-script.ts` the part that scripts share (the inbox settles with it too), and `retry-scripts.ts` has the
 * scripts. `entry-id.ts` reads the id of an inbox entry, and `held-bodies.ts` knows which entry still carries the body of a delivery.
 */

import type { Clock } from '../../../domain/clock';
import type { ClaimedDelivery } from '../../ports/retries';
import type { Keys } from '../commands/keys';
import type { Argument, DeadlineClient } from '../server/deadline-client';
import { bodyIdOf, decodePending } from './pending-record';
import type { StoreTime } from '../commands/store-time';
import { countsScript } from './retry-scripts';
import type { Script } from '../commands/script';

export interface PendingPartitionsParts {
  readonly redis: DeadlineClient;
  readonly keys: Keys;
  readonly partitions: number;
  readonly time: StoreTime;
  readonly clock: Clock;
  /** A lease lasts as long as a claim. */
  readonly claimTimeMs: number;
  /** The name of this holder among all. */
  readonly holder: string;
}

/** The deliveries that wait, retries and parked ones alike, over all partitions. */
export class PendingPartitions {
  #counting: Promise<unknown[]> | null = null;

  constructor(readonly parts: PendingPartitionsParts) {}

  get all(): readonly number[] {
    return Array.from({ length: this.parts.partitions }, (_, partition) => partition);
  }

  run(partition: number, script: Script, args: readonly Argument[]): Promise<unknown> {
    const base = this.parts.keys.partition(partition);
    return this.parts.redis.run(script, base, [base, ...args]);
  }

  runAll(script: Script, args: readonly Argument[]): Promise<unknown[]> {
    return Promise.all(this.all.map((partition) => this.run(partition, script, args)));
  }

  /** By route, those of a kind; routes without any are not named. */
  async counts(kind: 'waiting' | 'parked'): Promise<Readonly<Record<string, number>>> {
    const replies = await this.#countAll();
    const counts: Record<string, number> = {};
    for (const rows of replies as (Buffer | number)[][]) {
      for (let at = 0; at + 2 < rows.length; at += 3) {
        const route = String(rows[at]);
        const count = rows[at + (kind === 'waiting' ? 1 : 2)] as number;
        if (count > 0) counts[route] = (counts[route] ?? 0) + count;
      }
    }
    return counts;
  }

  /** Both kinds are counted by one script: whoever asks in the same turn of the event loop shares its answers. */
  #countAll(): Promise<unknown[]> {
    if (this.#counting !== null) return this.#counting;
    const { redis, keys } = this.parts;
    this.#counting = Promise.all(
      this.all.map((partition) => redis.run(countsScript, keys.partition(partition), [])),
    );
    queueMicrotask(() => (this.#counting = null));
    return this.#counting;
  }
}

/** What the claim scripts answer. A body that is gone is empty: whoever reads it finds that it is none. */
export function readClaimed(reply: unknown, claimedAtMs: number): ClaimedDelivery[] {
  const [records, pairs, redisNow] = reply as [Buffer[], (Buffer | null)[], Buffer];
  const aheadMs = Number(redisNow) - Math.round(claimedAtMs);
  const bodies = new Map<string, Buffer>();
  for (let at = 0; at + 1 < pairs.length; at += 2) {
    const body = pairs[at + 1];
    if (body) bodies.set(String(pairs[at]), body);
  }
  return records.map((record) => ({
    pending: decodePending(record, aheadMs),
    body: bodies.get(bodyIdOf(record)) ?? Buffer.alloc(0),
    claimedAtMs,
  }));
}
