/*
 * Open this file first: it is the port. `append-batch.ts` encodes an event, `inbox-scripts.ts` has the scripts. `entry-claims.ts` hands
 * entries out, `stream-reader.ts` waits for new ones on a connection of its own, and `entry-reply.ts` reads what the scripts answer.
 */

import type { InboxEntry } from '../../../domain/inbox-entry';
import type { Lane } from '../../../domain/lane';
import type { EntrySettlement, Inbox, InboxEvent, InboxStats } from '../../ports/inbox';
import { appendArguments, appendWeight } from './append-batch';
import type { DurableWrites } from '../commands/durable-writes';
import type { Logger } from '../../../domain/logger';
import type { EntryClaims } from './entry-claims';
import { receivedAtOf } from './entry-reply';
import { parseEntryId, type EntryPlace } from '../waiting/entry-id';
import { appendScript, releaseScript, renewScript, settleScript, statsScript } from './inbox-scripts';
import type { Keys } from '../commands/keys';
import type { StoreTime } from '../commands/store-time';
import type { Argument, DeadlineClient } from '../server/deadline-client';
import { partitionOf } from '../commands/partitions';
import { onOneLine, pendingArguments } from '../waiting/pending-record';
import { grouped } from '../commands/grouped';
import { joined } from '../commands/joined';
import { TurnBatch } from '../commands/turn-batch';

export interface InboxParts {
  readonly redis: DeadlineClient;
  readonly writes: DurableWrites;
  readonly keys: Keys;
  readonly partitions: number;
  /** The name of this holder among all. */
  readonly consumer: string;
  readonly time: StoreTime;
  readonly claims: EntryClaims;
  readonly logger: Logger;
  readonly onUnreplicated: ((events: readonly InboxEvent[]) => Promise<void>) | undefined;
}

/** Entries and deliveries settled in one script, so that Redis serves others in between. */
const settledAtOnce = 500;

/**
 * The inbox of any number of processes: a stream a lane and partition, with one consumer group.
 *
 * An entry is waiting (in the stream) → claimed (pending with this consumer, or with another) → settled (gone). Given back, it is
 * pending with the consumer `free` and as old as can be; past its claim time, it stays with its holder until another takes
 * it. Redis alone knows, so every change asks it.
 */
export class RedisInbox implements Inbox {
  readonly takesMarks = false;
  readonly #appends: TurnBatch<readonly Argument[], boolean>;
  readonly #settlements: TurnBatch<readonly Argument[], void>;
  readonly #parts: InboxParts;

  constructor(parts: InboxParts) {
    this.#parts = parts;

    this.#appends = new TurnBatch({
      send: (partition, items) => this.#append(Number(partition), items),
      weigh: appendWeight,
      maxWeight: 1_048_576,
    });
    this.#settlements = new TurnBatch({
      send: (partition, items) => this.#settle(Number(partition), items),
      weigh: appendWeight,
      maxWeight: 262_144,
    });
  }

  async append(event: InboxEvent): Promise<void> {
    const args = appendArguments(event);
    if (args.length === 0) return;
    const replicated = await this.#appends.add(String(this.#partitionOf(event.bodyId)), args);
    if (!replicated) await this.#parts.onUnreplicated?.([event]);
  }

  claim(wanted: Readonly<Record<Lane, number>>, waitMs: number, signal: AbortSignal): Promise<InboxEntry[]> {
    return this.#parts.claims.claim(wanted, waitMs, signal);
  }

  async renew(
    claims: readonly { readonly id: string; readonly progress: Buffer | null }[],
  ): Promise<readonly string[]> {
    const { redis, keys, consumer, time } = this.#parts;
    const lost: string[] = [];
    const placed = claims.flatMap(({ id, progress }) => {
      const place = parseEntryId(id);
      if (place === null) lost.push(id);
      return place === null ? [] : [{ id, progress, place }];
    });
    await Promise.all(
      [...grouped(placed, partitionIn)].map(async ([partition, some]) => {
        const args = some.flatMap(({ place, progress }) => [
          place.lane,
          place.streamId,
          progress === null ? '0' : '1',
          progress ?? '',
        ]);
        const kept = (await redis.run(renewScript, keys.partition(partition), [
          consumer,
          time.argument(),
          ...args,
        ])) as number[];
        some.forEach(({ id }, index) => {
          if (kept[index] === 1) return this.#parts.claims.renewed(id);
          lost.push(id);
          this.#parts.claims.ended([id]);
        });
      }),
    );
    return lost;
  }

  async settle(settlements: readonly EntrySettlement[]): Promise<void> {
    const trips = new Map<string, { args: Argument[]; weight: number }>();
    const sent: Promise<void>[] = [];
    const nowMs = this.#parts.time.processMs();
    for (const settlement of settlements) {
      const place = parseEntryId(settlement.id);
      const group = String(place?.partition ?? this.#partitionOf(settlement.bodyId));
      const trip = trips.get(group) ?? { args: [], weight: 0 };
      for (const argument of settlementArguments(settlement, place, nowMs)) trip.args.push(argument);
      trip.weight += 1 + settlement.pending.length;
      trips.set(group, trip);
      if (trip.weight < settledAtOnce) continue;
      trips.delete(group);
      sent.push(this.#settlements.add(group, trip.args));
    }
    for (const [group, { args }] of trips) sent.push(this.#settlements.add(group, args));
    await Promise.all(sent);
    this.#parts.claims.ended(settlements.map(({ id }) => id));
  }

  async release(ids: readonly string[]): Promise<void> {
    const { redis, keys, consumer, claims } = this.#parts;
    const placed = ids.flatMap((id) => {
      const place = parseEntryId(id);
      return place === null ? [] : [{ id, place }];
    });
    await Promise.all(
      [...grouped(placed, partitionIn)].map(([partition, some]) =>
        redis.run(releaseScript, keys.partition(partition), [
          consumer,
          ...some.flatMap(({ place }) => [place.lane, place.streamId]),
        ]),
      ),
    );
    claims.ended(placed.map(({ id }) => id));
    claims.released();
  }

  async stats(): Promise<InboxStats> {
    const { redis, keys, partitions } = this.#parts;
    const replies = await Promise.all(
      Array.from({ length: partitions }, (_, partition) =>
        redis.run(statsScript, keys.partition(partition), []),
      ),
    );
    let [direct, bulk] = [0, 0];
    let oldest: number | null = null;
    for (const reply of replies as [number, Buffer | null, number, Buffer | null][]) {
      direct += reply[0];
      bulk += reply[2];
      for (const head of [reply[1], reply[3]]) {
        const atMs = head === null ? null : receivedAtOf(head);
        if (atMs !== null && (oldest === null || atMs < oldest)) oldest = atMs;
      }
    }
    return { depth: { direct, bulk }, oldestReceivedAtMs: oldest };
  }

  #partitionOf(bodyId: string): number {
    return partitionOf(bodyId, this.#parts.partitions);
  }

  async #append(partition: number, items: readonly (readonly Argument[])[]): Promise<boolean[]> {
    const { writes, keys } = this.#parts;
    const { replicated } = await writes.run(appendScript, keys.partition(partition), joined(items));
    return items.map(() => replicated);
  }

  async #settle(partition: number, items: readonly (readonly Argument[])[]): Promise<void[]> {
    const { redis, keys, consumer, time, logger } = this.#parts;
    const base = keys.partition(partition);
    const args = [base, consumer, time.argument(), ...joined(items)];
    const lost = await redis.run(settleScript, base, args);
    if (lost !== 0)
      logger.warn(
        { event: 'settled_deliveries_dropped', deliveries: lost },
        'retries of messages that another replica has settled dropped',
      );
    return items.map(() => undefined);
  }
}

function settlementArguments(
  settlement: EntrySettlement,
  place: EntryPlace | null,
  nowMs: number,
): Argument[] {
  const pending = new Map(settlement.pending.map((one) => [one.id, one]));
  return [
    place?.lane ?? 'direct',
    place?.streamId ?? '0-1',
    place?.shared === true ? onOneLine(settlement.bodyId) : '',
    String(pending.size),
    ...[...pending.values()].flatMap((one) => pendingArguments(one, nowMs)),
  ];
}

function partitionIn({ place }: { readonly place: EntryPlace }): number {
  return place.partition;
}
