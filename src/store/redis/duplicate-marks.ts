import type { DuplicateMarks, MarkRequest } from '../ports/duplicate-marks';
import type { Keys } from './commands/keys';
import type { DeadlineClient } from './server/deadline-client';
import { Script } from './commands/script';
import { timeLua, type StoreTime } from './commands/store-time';
import { joined } from './commands/joined';
import { TurnBatch } from './commands/turn-batch';

/**
 * ARGV: now ('' = Redis' own), then of each request: key, entry id, lifetime, how long Redis keeps it, mark. A mark's field is
 * `expires|entry id`; the field '' says when the hash is next rid of what has expired: once a lifetime, so that no mark is looked at often.
 * Returns 1 for each request that is its entry's.
 */
const claimScript = new Script(`
${timeLua}
local now = timeOf(ARGV[1])
local function tidy(key, now)
  local fields = redis.call('HGETALL', key)
  for index = 1, #fields, 2 do
    local expires = string.match(fields[index + 1], '^(%d+)|')
    if expires and tonumber(expires) <= now then redis.call('HDEL', key, fields[index]) end
  end
end
local answers = {}
for at = 2, #ARGV, 5 do
  local key, entry, ends, kept, mark = ARGV[at], ARGV[at + 1], whole(now + tonumber(ARGV[at + 2])), ARGV[at + 3], ARGV[at + 4]
  local tidied, held = unpack(redis.call('HMGET', key, '', mark))
  local expires, holder = string.match(held or '', '^(%d+)|(.*)$')
  local free = not expires or tonumber(expires) <= now
  if free then
    if tidied and tonumber(tidied) <= now then
      tidy(key, now)
      tidied = false
    end
    redis.call('HSET', key, '', tidied or ends, mark, ends .. '|' .. entry)
    if redis.call('PTTL', key) < tonumber(kept) then redis.call('PEXPIRE', key, kept) end
  end
  answers[#answers + 1] = (free or holder == entry) and 1 or 0
end
return answers
`);

interface Prepared {
  readonly requests: number;
  readonly args: readonly string[];
}

const requestsATrip = 250;
/** Of a group: Redis does nothing else meanwhile, so a message between two waits for it. */
const groupRequestsATrip = 100;

/** A hash a uid, so that a user's marks cost less than keys of their own would, and leave with one command. */
export class RedisDuplicateMarks implements DuplicateMarks {
  readonly #claims: TurnBatch<Prepared, readonly boolean[]>;
  readonly #redis: DeadlineClient;
  readonly #keys: Keys;
  readonly #time: StoreTime;

  constructor(redis: DeadlineClient, keys: Keys, time: StoreTime) {
    this.#redis = redis;
    this.#keys = keys;
    this.#time = time;

    this.#claims = new TurnBatch({
      send: (_, items) => this.#claimTrip(items),
      weigh: ({ requests }) => requests,
      maxWeight: requestsATrip,
    });
  }

  async claim(requests: readonly MarkRequest[], entryId: string, ttlMs: number): Promise<readonly boolean[]> {
    if (requests.length === 0) return [];
    if (requests.length <= groupRequestsATrip) return this.#claimSome(requests, entryId, ttlMs);
    const answers: boolean[] = [];
    for (let from = 0; from < requests.length; from += groupRequestsATrip) {
      const some = requests.slice(from, from + groupRequestsATrip);
      answers.push(...(await this.#claimSome(some, entryId, ttlMs)));
    }
    return answers;
  }

  async #claimSome(
    requests: readonly MarkRequest[],
    entryId: string,
    ttlMs: number,
  ): Promise<readonly boolean[]> {
    const lifetimes = [String(Math.max(1, Math.ceil(ttlMs))), this.#time.kept(ttlMs)];
    // On a cluster each uid has a slot of its own.
    const portions = this.#redis.isCluster ? requests.map((request) => [request]) : [requests];
    const trips = portions.map((some) => {
      const args: string[] = [];
      // The field '' is the hash's own.
      for (const { uid, key } of some)
        args.push(this.#keys.marks(uid), entryId, ...lifetimes, key === '' ? '.' : key);
      const group = this.#redis.isCluster ? (some[0]?.uid ?? '') : '';
      return this.#claims.add(group, { requests: some.length, args });
    });
    return trips.length === 1 ? (trips[0] ?? []) : (await Promise.all(trips)).flat();
  }

  async eraseUser(uid: string): Promise<void> {
    await this.#redis.call('DEL', [this.#keys.marks(uid)]);
  }

  async #claimTrip(items: readonly Prepared[]): Promise<(readonly boolean[])[]> {
    const args = [this.#time.argument(), ...joined(items.map((item) => item.args))];
    const reply = await this.#redis.run(claimScript, items[0]?.args[0] ?? '', args);
    const answers = (reply as number[]).map((answer) => answer === 1);
    let at = 0;
    return items.map(({ requests }) => answers.slice(at, (at += requests)));
  }
}
