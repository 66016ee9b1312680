import type { Logger } from '../../../domain/logger';
import type { PendingDelivery } from '../../../domain/pending-delivery';
import type { ClaimedDelivery, PendingSettlement, Retries } from '../../ports/retries';
import type { HeldBodies } from './held-bodies';
import { grouped } from '../commands/grouped';
import { partitionOf } from '../commands/partitions';
import { readClaimed, type PendingPartitions } from './pending-partitions';
import { decodePending, onOneLine, pendingArguments } from './pending-record';
import type { Script } from '../commands/script';
import {
  claimDueScript,
  dueTimesScript,
  hastenPendingScript,
  removePendingScript,
  settlePendingScript,
} from './retry-scripts';

export interface RetriesParts {
  readonly pending: PendingPartitions;
  readonly held: HeldBodies;
  readonly logger: Logger;
}

const settledAtOnce = 256;
const searchedAtOnce = 500;

export class RedisRetries implements Retries {
  readonly #parts: RetriesParts;

  constructor(parts: RetriesParts) {
    this.#parts = parts;
  }

  async claimDue(route: string, max: number): Promise<ClaimedDelivery[]> {
    if (max <= 0) return [];
    const { pending } = this.#parts;
    const now = pending.parts.time.argument();
    const shares = await this.#shares(onOneLine(route), now, max);
    const claimedAtMs = pending.parts.clock.monotonicMs();
    const claimed = await Promise.all(
      shares.map(async ([partition, share]) =>
        readClaimed(
          await pending.run(partition, claimDueScript, [
            onOneLine(route),
            now,
            String(share),
            String(pending.parts.claimTimeMs),
            pending.parts.holder,
          ]),
          claimedAtMs,
        ),
      ),
    );
    if (claimed.length === 1) return claimed[0] ?? [];
    return claimed.flat().sort((one, other) => one.pending.dueAtMs - other.pending.dueAtMs);
  }

  async settle(settlements: readonly PendingSettlement[]): Promise<void> {
    const { partitions } = this.#parts.pending.parts;
    const groups = grouped(settlements, ({ pending }) => partitionOf(pending.bodyId, partitions));
    await Promise.all([...groups].map(([partition, some]) => this.#settle(partition, some)));
  }

  counts(): Promise<Readonly<Record<string, number>>> {
    return this.#parts.pending.counts('waiting');
  }

  async #settle(partition: number, settlements: readonly PendingSettlement[]): Promise<void> {
    const { pending: store, held, logger } = this.#parts;
    for (let from = 0; from < settlements.length; from += settledAtOnce) {
      const nowMs = store.parts.time.processMs();
      const args = settlements.slice(from, from + settledAtOnce).flatMap(({ pending, next, leased }) => {
        if (next === null) return [pending.id, leased === true && pending.collects !== undefined ? '0' : ''];
        const entry = held.placeOf(next.bodyId);
        const how = leased === true ? '2' : '1';
        return [pending.id, how, ...pendingArguments(next, nowMs), entry?.lane ?? '', entry?.streamId ?? ''];
      });
      const lost = await store.run(partition, settlePendingScript, [
        store.parts.holder,
        store.parts.time.argument(),
        ...args,
      ]);
      if (lost !== 0)
        logger.warn(
          { event: 'settled_deliveries_dropped', deliveries: lost },
          'retries of messages that another replica has settled dropped',
        );
    }
  }

  eraseUser(uid: string): Promise<number> {
    const name = JSON.stringify(uid);
    const isMeant = (record: Buffer) => record.includes(name) && decodePending(record).uid === uid;
    return this.#change(removePendingScript, [], isMeant);
  }

  hasten(route: string, isMeant: (pending: PendingDelivery) => boolean): Promise<number> {
    return this.#change(hastenPendingScript, [this.#parts.pending.parts.time.argument()], (record) => {
      const pending = decodePending(record);
      return pending.route === route && isMeant(pending);
    });
  }

  /** Runs the script on those that are meant: there is no index, which every delivery would pay for. Resolves with how many it changed. */
  async #change(
    script: Script,
    args: readonly string[],
    isMeant: (record: Buffer) => boolean,
  ): Promise<number> {
    const { pending } = this.#parts;
    let changed = 0;
    for (const partition of pending.all) {
      const key = `${pending.parts.keys.partition(partition)}d`;
      let cursor = '0';
      do {
        const scan = [key, cursor, 'COUNT', String(searchedAtOnce)];
        const [next, rows] = (await pending.parts.redis.call('HSCAN', scan)) as [Buffer, Buffer[]];
        const ids = idsOf(rows, isMeant);
        if (ids.length > 0) changed += (await pending.run(partition, script, [...args, ...ids])) as number;
        cursor = next.toString();
      } while (cursor !== '0');
    }
    return changed;
  }

  /** How many each partition gives, so that together they are the earliest. */
  async #shares(route: string, now: string, max: number): Promise<[partition: number, share: number][]> {
    const { pending } = this.#parts;
    if (pending.all.length === 1) return [[0, max]];
    const replies = (await pending.runAll(dueTimesScript, [route, now, String(max)])) as Buffer[][];
    const due = replies.flatMap((times, partition) => times.map((time) => ({ partition, at: Number(time) })));
    const shares = new Map<number, number>();
    for (const { partition } of due.sort((one, other) => one.at - other.at).slice(0, max))
      shares.set(partition, (shares.get(partition) ?? 0) + 1);
    return [...shares];
  }
}

/** Of those that are meant, out of pairs of id and record. */
function idsOf(rows: readonly Buffer[], isMeant: (record: Buffer) => boolean): string[] {
  const ids: string[] = [];
  for (let at = 0; at + 1 < rows.length; at += 2) {
    const [id, record] = [rows[at], rows[at + 1]];
    if (id !== undefined && record !== undefined && isMeant(record)) ids.push(id.toString());
  }
  return ids;
}
