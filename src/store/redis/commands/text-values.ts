import type { DeadlineClient } from '../server/deadline-client';
import { joined } from './joined';
import { TurnBatch } from './turn-batch';

const keysATrip = 1_000;

/** Texts, a key each; what one turn of the event loop asks for is one MGET where one server holds them all. */
export class TextValues {
  readonly #reads: TurnBatch<readonly string[], readonly (string | null)[]>;
  readonly #redis: DeadlineClient;

  constructor(redis: DeadlineClient) {
    this.#redis = redis;

    this.#reads = new TurnBatch({
      send: (_, items) => this.#readTrip(items),
      weigh: (keys) => keys.length,
      maxWeight: keysATrip,
    });
  }

  async many(keys: readonly string[]): Promise<readonly (string | null)[]> {
    if (keys.length === 0) return [];
    const trips: Promise<readonly (string | null)[]>[] = [];
    for (let from = 0; from < keys.length; from += keysATrip)
      trips.push(
        this.#reads.add(this.#redis.isCluster ? (keys[from] ?? '') : '', keys.slice(from, from + keysATrip)),
      );
    return (await Promise.all(trips)).flat();
  }

  async set(key: string, value: string): Promise<void> {
    await this.#redis.call('SET', [key, value]);
  }

  /** On a cluster each by itself. */
  async setMany(values: readonly (readonly [key: string, value: string])[]): Promise<void> {
    if (this.#redis.isCluster) await Promise.all(values.map(([key, value]) => this.set(key, value)));
    else if (values.length > 0) await this.#redis.call('MSET', joined(values));
  }

  async remove(key: string): Promise<boolean> {
    return (await this.#redis.call('DEL', [key])) === 1;
  }

  async #readTrip(items: readonly (readonly string[])[]): Promise<(readonly (string | null)[])[]> {
    const keys = joined(items);
    const values = this.#redis.isCluster
      ? await Promise.all(keys.map((key) => this.#redis.call('GET', [key], 'utf8')))
      : await this.#redis.call('MGET', keys, 'utf8');
    let at = 0;
    return items.map(({ length }) => (values as (string | null)[]).slice(at, (at += length)));
  }
}
