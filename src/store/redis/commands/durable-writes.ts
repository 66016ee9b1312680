/*
 * Open this file first: most writes pass through it. `turn-batch.ts` gathers what one turn of the event loop asks for, `script.ts` is a Lua
 * script and `script-trips.ts` runs one for many, `keys.ts` names every key, and `partitions.ts` chooses the partition of an inbox body. `store-time.ts` is the time
 * that scripts judge by. `text-values.ts` reads many plain values in one trip, `hash-fields.ts` fields of many
 * hashes, `joined.ts` joins lists, and `grouped.ts` groups one by key.
 */

import type { Redis } from 'ioredis';
import { StoreUnavailableError } from '../../ports/errors';
import { isMissingScript } from '../server/failures';
import type { Argument, DeadlineClient } from '../server/deadline-client';
import type { Replicas } from '../server/replicas';
import type { Script } from './script';

interface Write {
  readonly script: Script;
  readonly key: string;
  readonly args: readonly Argument[];
  readonly resolve: (written: Written) => void;
  readonly reject: (error: unknown) => void;
}

export interface Written {
  readonly reply: unknown;
  /** False: the master has replicas, and none of them confirmed in time. */
  readonly replicated: boolean;
}

interface Lane {
  readonly queue: Write[];
  busy: boolean;
  /** Until when a replica that has just been too slow is not waited for: Redis counts short waits in tenths of a second. */
  hurryUntilMs: number;
}

const hurryMs = 1_000;

/**
 * Writes that count only once a replica has them, where there is one.
 *
 * Alone, a master's writes go out as they come. With replicas each master is idle → writing (all that has gathered, then
 * one WAIT for them together) → idle, because WAIT holds up the whole connection: one that waits a tenth of a second for
 * a dead replica must do so once, and not once for each write behind it.
 */
export class DurableWrites {
  readonly #lanes = new Map<Redis, Lane>();
  readonly #redis: DeadlineClient;
  readonly #replicas: Replicas;
  readonly #waitMs: number;

  constructor(redis: DeadlineClient, replicas: Replicas, waitMs: number) {
    this.#redis = redis;
    this.#replicas = replicas;
    this.#waitMs = waitMs;
  }

  /** Rejects with StoreUnavailableError; the write may have happened all the same. */
  async run(script: Script, key: string, args: readonly Argument[]): Promise<Written> {
    const master = this.#redis.masterOf(key);
    if (master === null) throw new StoreUnavailableError('Redis: the cluster is not ready');
    const expected = this.#waitMs <= 0 ? 'none' : this.#replicas.of(master);
    if (expected !== 'connected') {
      const reply = await this.#redis.run(script, key, args);
      return { reply, replicated: expected === 'none' };
    }
    return new Promise((resolve, reject) => {
      const lane = this.#laneOf(master);
      lane.queue.push({ script, key, args, resolve, reject });
      if (!lane.busy) void this.#drain(master, lane);
    });
  }

  /** Writes that have not ended yet. */
  get busy(): boolean {
    return [...this.#lanes.values()].some((lane) => lane.busy);
  }

  #laneOf(master: Redis): Lane {
    const known = this.#lanes.get(master);
    if (known !== undefined) return known;
    for (const [other, lane] of this.#lanes)
      if (other.status === 'end' && !lane.busy) this.#lanes.delete(other);
    const lane = { queue: [], busy: false, hurryUntilMs: 0 };
    this.#lanes.set(master, lane);
    return lane;
  }

  async #drain(master: Redis, lane: Lane): Promise<void> {
    lane.busy = true;
    while (lane.queue.length > 0) await this.#writeAll(master, lane, lane.queue.splice(0));
    lane.busy = false;
  }

  async #writeAll(master: Redis, lane: Lane, writes: readonly Write[]): Promise<void> {
    const replies = writes.map((write) => this.#write(write));
    // A redirect would put the write behind the WAIT, or on another master: on a cluster the answers come first.
    if (this.#redis.isCluster) await Promise.allSettled(replies);
    const waiting = this.#wait(master, lane);
    const done = await Promise.allSettled(replies);
    let replicated = await waiting;
    if (done.some((one) => one.status === 'fulfilled' && one.value.late))
      replicated = await this.#wait(master, lane);
    done.forEach((one, index) => {
      const write = writes[index];
      if (one.status === 'fulfilled') write?.resolve({ reply: one.value.reply, replicated });
      else write?.reject(this.#redis.failure(one.reason));
    });
  }

  /** `late`: the script had to be handed over first, so the write came after the WAIT. */
  async #write({ script, key, args }: Write): Promise<{ readonly reply: unknown; readonly late: boolean }> {
    try {
      return { reply: await this.#redis.runKnown(script, key, args), late: false };
    } catch (error) {
      if (!isMissingScript(error)) throw error;
      return { reply: await this.#redis.run(script, key, args), late: true };
    }
  }

  async #wait(master: Redis, lane: Lane): Promise<boolean> {
    if (performance.now() < lane.hurryUntilMs) return false;
    try {
      const args = ['1', String(Math.ceil(this.#waitMs))];
      const confirmed = (await this.#redis.callOn(master, 'WAIT', args, null, this.#waitMs)) as number;
      if (confirmed === 0) lane.hurryUntilMs = performance.now() + hurryMs;
      return confirmed > 0;
    } catch {
      return false;
    }
  }
}
