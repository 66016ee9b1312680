import type { Mute, Preferences } from '../../domain/people';
import type { PreferencesStore } from '../ports/people';
import type { Keys } from './commands/keys';
import type { Link } from './server/link';
import { Script } from './commands/script';
import type { TextValues } from './commands/text-values';

/** ARGV: key and field, of each. Returns the values. */
const readMutesScript = new Script(`
local values = {}
for at = 1, #ARGV, 2 do values[#values + 1] = redis.call('HGET', ARGV[at], ARGV[at + 1]) end
return values
`);

const mutesATrip = 1_000;

/** Preferences as text, and mutes as a hash a uid: `channel type:channel id` → JSON. */
export class RedisPreferences implements PreferencesStore {
  constructor(
    private readonly link: Link,
    private readonly values: TextValues,
    private readonly keys: Keys,
  ) {}

  async getMany(uids: readonly string[]): Promise<readonly (Preferences | null)[]> {
    const values = await this.values.many(uids.map((uid) => this.keys.preferences(uid)));
    return values.map((value) => (value === null ? null : (JSON.parse(value) as Preferences)));
  }

  put(uid: string, preferences: Preferences): Promise<void> {
    return this.values.set(this.keys.preferences(uid), JSON.stringify(preferences));
  }

  async listMutes(uid: string): Promise<readonly Mute[]> {
    const values = (await this.link.call('HVALS', [this.keys.mutes(uid)], 'utf8')) as string[];
    return values.map((value) => JSON.parse(value) as Mute);
  }

  async getMutes(
    keys: readonly { readonly uid: string; readonly channelType: number; readonly channelId: string }[],
  ): Promise<readonly (Mute | null)[]> {
    const pairs = keys.map(({ uid, channelType, channelId }): [string, string] => [
      this.keys.mutes(uid),
      fieldOf(channelType, channelId),
    ]);
    const values = this.link.isCluster
      ? await Promise.all(pairs.map((pair) => this.link.call('HGET', pair, 'utf8')))
      : await this.#readTogether(pairs);
    return values.map((value) => (typeof value === 'string' ? (JSON.parse(value) as Mute) : null));
  }

  async putMute(uid: string, mute: Mute): Promise<void> {
    const field = fieldOf(mute.channelType, mute.channelId);
    await this.link.call('HSET', [this.keys.mutes(uid), field, JSON.stringify(mute)]);
  }

  async removeMute(uid: string, channelType: number, channelId: string): Promise<boolean> {
    return (await this.link.call('HDEL', [this.keys.mutes(uid), fieldOf(channelType, channelId)])) === 1;
  }

  async eraseUser(uid: string): Promise<void> {
    await this.link.call('DEL', [this.keys.preferences(uid), this.keys.mutes(uid)]);
  }

  async #readTogether(pairs: readonly [string, string][]): Promise<unknown[]> {
    const values: unknown[] = [];
    for (let from = 0; from < pairs.length; from += mutesATrip) {
      const args = pairs.slice(from, from + mutesATrip).flat();
      values.push(...((await this.link.run(readMutesScript, args[0] ?? '', args, 'utf8')) as unknown[]));
    }
    return values;
  }
}

function fieldOf(channelType: number, channelId: string): string {
  return `${channelType}:${channelId}`;
}
