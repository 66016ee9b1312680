import type { Presence, PresenceChange, PresenceFlag } from '../../domain/presence';
import type { PresenceStore } from '../ports/presence';
import type { DurableWrites } from './commands/durable-writes';
import type { Keys } from './commands/keys';
import type { DeadlineClient } from './server/deadline-client';
import { grouped } from './commands/grouped';
import { Script } from './commands/script';
import { chunks, runTrips } from './commands/script-trips';

/**
 * ARGV: now, then of each change: key, device flag, its connections, whether the uid has connections with other flags.
 * A flag's field is `connections:changed`; `seen` is when the uid was last seen. The counts of the event outrank what was known.
 */
const applyScript = new Script(`
local now = ARGV[1]
for at = 2, #ARGV, 4 do
  local key, flag, connections = ARGV[at], ARGV[at + 1], ARGV[at + 2]
  local fields = redis.call('HGETALL', key)
  local seen, known = false, false
  for index = 1, #fields, 2 do
    local field, value = fields[index], fields[index + 1]
    if field == 'seen' then
      seen = value
    elseif field == flag then
      known = string.match(value, '^[^:]*')
    elseif ARGV[at + 3] == '0' and string.sub(value, 1, 2) ~= '0:' then
      redis.call('HSET', key, field, '0:' .. now)
    end
  end
  if known ~= connections then redis.call('HSET', key, flag, connections .. ':' .. now) end
  if seen ~= now then redis.call('HSET', key, 'seen', now) end
end
return 1
`);

/** ARGV: keys. Returns what each holds. */
const readScript = new Script(`
local hashes = {}
for index, key in ipairs(ARGV) do hashes[index] = redis.call('HGETALL', key) end
return hashes
`);

/** Redis does nothing else while a script runs: some milliseconds for this many. */
const usersATrip = 500;

/** A hash a uid. */
export class RedisPresence implements PresenceStore {
  readonly #redis: DeadlineClient;
  readonly #writes: DurableWrites;
  readonly #keys: Keys;

  constructor(redis: DeadlineClient, writes: DurableWrites, keys: Keys) {
    this.#redis = redis;
    this.#writes = writes;
    this.#keys = keys;
  }

  async apply(changes: readonly PresenceChange[], atMs: number): Promise<void> {
    const { isCluster } = this.#redis;
    const trips = isCluster ? [...grouped(changes, ({ uid }) => uid).values()] : chunks(changes, usersATrip);
    const tripsAtOnce = isCluster ? usersATrip : 1;
    for (let from = 0; from < trips.length; from += tripsAtOnce)
      await Promise.all(trips.slice(from, from + tripsAtOnce).map((trip) => this.#applyTrip(trip, atMs)));
  }

  async #applyTrip(trip: readonly PresenceChange[], atMs: number): Promise<void> {
    const args = trip.flatMap(({ uid, deviceFlag, connections, total }) => {
      const own = Math.max(0, connections);
      return [this.#keys.presence(uid), String(deviceFlag), String(own), total - own > 0 ? '1' : '0'];
    });
    await this.#writes.run(applyScript, args[0] ?? '', [String(atMs), ...args]);
  }

  async getMany(uids: readonly string[]): Promise<readonly (Presence | null)[]> {
    const keys = uids.map((uid) => [this.#keys.presence(uid)]);
    return (await runTrips<string[]>(this.#redis, readScript, keys, usersATrip)).map(parse);
  }

  async eraseUser(uid: string): Promise<void> {
    await this.#redis.call('DEL', [this.#keys.presence(uid)]);
  }
}

function parse(fields: readonly string[]): Presence | null {
  if (fields.length === 0) return null;
  const flags: PresenceFlag[] = [];
  let lastSeenAtMs: number | null = null;
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [field = '', value = ''] = [fields[at], fields[at + 1]];
    if (field === 'seen') lastSeenAtMs = Number(value);
    else {
      const [connections = '', changedAtMs = ''] = value.split(':');
      flags.push({
        deviceFlag: Number(field),
        connections: Number(connections),
        changedAtMs: Number(changedAtMs),
      });
    }
  }
  flags.sort((one, other) => one.deviceFlag - other.deviceFlag);
  return { flags, lastSeenAtMs };
}
