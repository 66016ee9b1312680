import type { Link } from '../server/link';
import { TurnBatch } from './turn-batch';

const keysATrip = 1_000;

/** Texts, a key each; what one turn of the event loop asks for is one MGET where one server holds them all. */
export class TextValues {
  readonly #reads: TurnBatch<readonly string[], readonly (string | null)[]>;

  constructor(private readonly link: Link) {
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
        this.#reads.add(this.link.isCluster ? (keys[from] ?? '') : '', keys.slice(from, from + keysATrip)),
      );
    return (await Promise.all(trips)).flat();
  }

  async set(key: string, value: string): Promise<void> {
    await this.link.call('SET', [key, value]);
  }

  async remove(key: string): Promise<boolean> {
    return (await this.link.call('DEL', [key])) === 1;
  }

  async #readTrip(items: readonly (readonly string[])[]): Promise<(readonly (string | null)[])[]> {
    const keys = items.flat();
    const values = this.link.isCluster
      ? await Promise.all(keys.map((key) => this.link.call('GET', [key], 'utf8')))
      : await this.link.call('MGET', keys, 'utf8');
    let at = 0;
    return items.map(({ length }) => (values as (string | null)[]).slice(at, (at += length)));
  }
}
