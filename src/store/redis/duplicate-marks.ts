import type { DuplicateMarks, MarkRequest } from '../ports/duplicate-marks';
import type { Keys } from './keys';
import type { Link } from './link';
import { Script } from './script';
import { timeLua, type StoreTime } from './store-time';
import { TurnBatch } from './turn-batch';

/**
 * ARGV: now ('' = Redis' own), then of each request: key, entry id, lifetime, how long Redis keeps it, count of marks, marks. A mark's field is `expires|entry id`; the
 * field '' says when the hash is next rid of what has expired: once a lifetime, so that no mark is looked at often.
 * Returns 1 for each request that is its entry's.
 */
const claimScript = new Script(`
${timeLua}
local now = timeOf(ARGV[1])
local answers = {}
local at = 2
while at < #ARGV do
  local key, entry, lifetime, kept, count = ARGV[at], ARGV[at + 1], tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3]), tonumber(ARGV[at + 4])
  local mine, free = 1, {}
  for index = at + 5, at + 4 + count do
    local held = redis.call('HGET', key, ARGV[index])
    local expires, holder = string.match(held or '', '^(%d+)|(.*)$')
    if not expires or tonumber(expires) <= now then
      free[#free + 1] = ARGV[index]
    elseif holder ~= entry then
      mine = 0
      break
    end
  end
  if mine == 1 and #free > 0 then
    local tidied = redis.call('HGET', key, '')
    if tidied and tonumber(tidied) <= now then
      local fields = redis.call('HGETALL', key)
      for index = 1, #fields, 2 do
        local expires = string.match(fields[index + 1], '^(%d+)|')
        if expires and tonumber(expires) <= now then redis.call('HDEL', key, fields[index]) end
      end
      tidied = false
    end
    if not tidied then redis.call('HSET', key, '', whole(now + lifetime)) end
    local value = whole(now + lifetime) .. '|' .. entry
    for _, mark in ipairs(free) do redis.call('HSET', key, mark, value) end
    if redis.call('PTTL', key) < kept then redis.call('PEXPIRE', key, kept) end
  end
  answers[#answers + 1] = mine
  at = at + 5 + count
end
return answers
`);

type Prepared = readonly string[];

const requestsATrip = 500;

/** A hash a uid, so that a user's marks cost less than keys of their own would, and leave with one command. */
export class RedisDuplicateMarks implements DuplicateMarks {
  readonly #claims: TurnBatch<Prepared, boolean>;

  constructor(
    private readonly link: Link,
    private readonly keys: Keys,
    private readonly time: StoreTime,
  ) {
    this.#claims = new TurnBatch({
      send: (_, items) => this.#claimTrip(items),
      weigh: () => 1,
      maxWeight: requestsATrip,
    });
  }

  claim(requests: readonly MarkRequest[], entryId: string, ttlMs: number): Promise<readonly boolean[]> {
    const lifetime = String(Math.max(1, Math.ceil(ttlMs)));
    return Promise.all(
      requests.map(({ uid, keys }) => {
        const key = this.keys.marks(uid);
        // The field '' is the hash's own.
        const marks = keys.map((mark) => (mark === '' ? '.' : mark));
        return this.#claims.add(this.link.isCluster ? uid : '', [
          key,
          entryId,
          lifetime,
          this.time.kept(ttlMs),
          String(marks.length),
          ...marks,
        ]);
      }),
    );
  }

  async eraseUser(uid: string): Promise<void> {
    await this.link.call('DEL', [this.keys.marks(uid)]);
  }

  async #claimTrip(items: readonly Prepared[]): Promise<boolean[]> {
    const args = items.flat();
    const answers = await this.link.run(claimScript, args[0] ?? '', [this.time.argument(), ...args]);
    return (answers as number[]).map((answer) => answer === 1);
  }
}
