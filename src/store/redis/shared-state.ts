import type { SharedState } from '../ports/shared-state';
import type { DurableWrites } from './commands/durable-writes';
import type { Keys } from './commands/keys';
import type { DeadlineClient } from './server/deadline-client';
import { Script } from './commands/script';
import { timeLua, type StoreTime } from './commands/store-time';
import type { TextValues } from './commands/text-values';

/** A value is `expires|text`. */
const valueLua = `${timeLua}
local function live(now)
  local expires, text = string.match(redis.call('GET', KEYS[1]) or '', '^(%d+)|(.*)$')
  if expires and tonumber(expires) > now then return text, expires end
  return false
end
local function put(now, text, lifetime, kept)
  redis.call('SET', KEYS[1], whole(now + tonumber(lifetime)) .. '|' .. text, 'PX', kept)
end
`;

/** ARGV: now ('' = Redis' own). Returns the value, or nil. */
const getScript = new Script(`${valueLua}
return (live(timeOf(ARGV[1])))
`);

/** ARGV: now, value, lifetime, how long Redis keeps it. */
const setScript = new Script(`${valueLua}
put(timeOf(ARGV[1]), ARGV[2], ARGV[3], ARGV[4])
return 1
`);

/** ARGV: now, value, lifetime, how long Redis keeps it. Returns what stands there, or nil. */
const setIfAbsentScript = new Script(`${valueLua}
local now = timeOf(ARGV[1])
local known, expires = live(now)
-- Further ahead than it can be: Redis' clock was wrong when it was set.
if known and tonumber(expires) <= now + tonumber(ARGV[3]) then return known end
put(now, ARGV[2], ARGV[3], ARGV[4])
return false
`);

/** ARGV: wanted, limit, window, now, how long Redis keeps a window. The window begins with the first that is taken. Returns how many were granted. */
const takeScript = new Script(`${timeLua}
local window, now = tonumber(ARGV[3]), timeOf(ARGV[4])
local ends = tonumber(redis.call('HGET', KEYS[1], 'ends') or '0')
local used = tonumber(redis.call('HGET', KEYS[1], 'used') or '0')
if ends <= now or ends > now + window then ends, used = now + window, 0 end
local granted = math.max(0, math.min(tonumber(ARGV[1]), tonumber(ARGV[2]) - used))
redis.call('HSET', KEYS[1], 'ends', whole(ends), 'used', whole(used + granted))
redis.call('PEXPIRE', KEYS[1], ARGV[5])
return granted
`);

/** A key each; Redis ends their lives. */
export class RedisSharedState implements SharedState {
  readonly #redis: DeadlineClient;
  readonly #writes: DurableWrites;
  readonly #keys: Keys;
  readonly #time: StoreTime;
  readonly #values: Pick<TextValues, 'many'>;

  constructor(
    redis: DeadlineClient,
    writes: DurableWrites,
    keys: Keys,
    time: StoreTime,
    values: Pick<TextValues, 'many'>,
  ) {
    this.#redis = redis;
    this.#writes = writes;
    this.#keys = keys;
    this.#time = time;
    this.#values = values;
  }

  async get(key: string): Promise<string | null> {
    const args = [this.#time.argument()];
    return (await this.#redis.run(getScript, this.#keys.shared(key), args, 'utf8')) as string | null;
  }

  async getMany(keys: readonly string[]): Promise<readonly (string | null)[]> {
    const values = await this.#values.many(keys.map((key) => this.#keys.shared(key)));
    return values.map((value) => (value === null ? null : value.slice(value.indexOf('|') + 1)));
  }

  async set(key: string, value: string, ttlMs: number): Promise<void> {
    await this.#redis.run(setScript, this.#keys.shared(key), this.#arguments(value, ttlMs));
  }

  async setIfAbsent(key: string, value: string, ttlMs: number): Promise<string | null> {
    const args = this.#arguments(value, ttlMs);
    const { reply } = await this.#writes.run(setIfAbsentScript, this.#keys.shared(key), args);
    return reply instanceof Buffer ? reply.toString() : null;
  }

  async delete(key: string): Promise<void> {
    await this.#redis.call('DEL', [this.#keys.shared(key)]);
  }

  async take(key: string, amount: number, limit: number, windowMs: number): Promise<number> {
    const numbers = [amount, limit, windowMs].map((number) => String(Math.trunc(number)));
    const args = [...numbers, this.#time.argument(), this.#time.kept(windowMs)];
    return (await this.#redis.run(takeScript, this.#keys.budget(key), args)) as number;
  }

  #arguments(value: string, ttlMs: number): string[] {
    return [this.#time.argument(), value, String(Math.max(1, Math.ceil(ttlMs))), this.#time.kept(ttlMs)];
  }
}
