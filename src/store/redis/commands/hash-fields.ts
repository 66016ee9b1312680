import type { DeadlineClient } from '../server/deadline-client';
import { joined } from './joined';
import { Script } from './script';
import { TurnBatch } from './turn-batch';

/** Fields of one hash. */
export interface HashRead {
  readonly key: string;
  readonly fields: readonly string[];
}

/** ARGV: key, number of fields, the fields, of each hash. Returns the values behind each other. */
const readScript = new Script(`
local values = {}
local at = 1
while at <= #ARGV do
  local last = at + 1 + tonumber(ARGV[at + 1])
  local found = redis.call('HMGET', ARGV[at], unpack(ARGV, at + 2, last))
  for index = 1, #found do values[#values + 1] = found[index] end
  at = last + 1
end
return values
`);

/** Lua hands a function up to some thousand arguments. */
const fieldsATrip = 1_000;

type Values = readonly (string | null)[];

/** Fields of hashes; what one turn of the event loop asks for is one script where one server holds them all. */
export class HashFields {
  readonly #trips: TurnBatch<readonly HashRead[], readonly Values[]>;
  readonly #redis: DeadlineClient;

  constructor(redis: DeadlineClient) {
    this.#redis = redis;

    this.#trips = new TurnBatch({
      send: (_, items) => this.#readTrip(items),
      weigh: (reads) => reads.reduce((sum, { fields }) => sum + fields.length, 0),
      maxWeight: fieldsATrip,
    });
  }

  /** The values of each, in the order of the fields. */
  async many(reads: readonly HashRead[]): Promise<readonly Values[]> {
    if (reads.length === 0) return [];
    return this.#redis.isCluster
      ? Promise.all(reads.map((read) => this.#readOne(read)))
      : this.#trips.add('', reads);
  }

  async #readTrip(items: readonly (readonly HashRead[])[]): Promise<(readonly Values[])[]> {
    const reads = joined(items);
    const [first] = reads;
    const values =
      reads.length === 1 && first !== undefined ? [await this.#readOne(first)] : await this.#readAll(reads);
    let at = 0;
    return items.map(({ length }) => values.slice(at, (at += length)));
  }

  async #readOne({ key, fields }: HashRead): Promise<Values> {
    return (await this.#redis.call('HMGET', [key, ...fields], 'utf8')) as Values;
  }

  async #readAll(reads: readonly HashRead[]): Promise<Values[]> {
    const args: string[] = [];
    for (const { key, fields } of reads) args.push(key, String(fields.length), ...fields);
    const values = (await this.#redis.run(readScript, reads[0]?.key ?? '', args, 'utf8')) as Values;
    let at = 0;
    return reads.map(({ fields }) => values.slice(at, (at += fields.length)));
  }
}
