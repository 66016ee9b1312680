import type { Badges } from '../ports/people';
import type { Keys } from './commands/keys';
import type { Link } from './server/link';
import { Script } from './commands/script';

/** ARGV: key and app, of each. Returns the counts; nil where none was ever set. */
const incrementScript = new Script(`
local counts = {}
for at = 1, #ARGV, 2 do
  local known = redis.call('HEXISTS', ARGV[at], ARGV[at + 1]) == 1
  counts[#counts + 1] = known and redis.call('HINCRBY', ARGV[at], ARGV[at + 1], 1)
end
return counts
`);

const countsATrip = 1_000;

/** A hash a uid: app → count. */
export class RedisBadges implements Badges {
  constructor(
    private readonly link: Link,
    private readonly keys: Keys,
  ) {}

  async get(uid: string, app: string): Promise<number | null> {
    const count = await this.link.call('HGET', [this.keys.badges(uid), app], 'utf8');
    return count === null ? null : Number(count);
  }

  async set(uid: string, app: string, count: number): Promise<void> {
    await this.link.call('HSET', [this.keys.badges(uid), app, String(Math.trunc(count))]);
  }

  async increment(
    keys: readonly { readonly uid: string; readonly app: string }[],
  ): Promise<readonly (number | null)[]> {
    const pairs = keys.map(({ uid, app }) => [this.keys.badges(uid), app]);
    const step = this.link.isCluster ? 1 : countsATrip;
    const trips: Promise<unknown>[] = [];
    for (let from = 0; from < pairs.length; from += step) {
      const args = pairs.slice(from, from + step).flat();
      trips.push(this.link.run(incrementScript, args[0] ?? '', args));
    }
    return ((await Promise.all(trips)) as (number | null)[][]).flat();
  }

  async eraseUser(uid: string): Promise<void> {
    await this.link.call('DEL', [this.keys.badges(uid)]);
  }
}
