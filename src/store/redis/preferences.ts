import type { Conversation, Mute, Preferences } from '../../domain/people';
import type { PreferencesStore } from '../ports/people';
import type { Keys } from './commands/keys';
import type { DeadlineClient } from './server/deadline-client';

/** Fields of a user's hash; the values are JSON. */
export const preferencesField = 'p';
const mutePrefix = 'm:';

export function muteField({ channelType, channelId }: Conversation): string {
  return `${mutePrefix}${channelType}:${channelId}`;
}

/** A hash per uid, which `recipients.ts` reads along with the devices. */
export class RedisPreferences implements PreferencesStore {
  readonly #redis: DeadlineClient;
  readonly #keys: Keys;

  constructor(redis: DeadlineClient, keys: Keys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  async get(uid: string): Promise<Preferences | null> {
    const value = await this.#redis.call('HGET', [this.#keys.preferences(uid), preferencesField], 'utf8');
    return typeof value === 'string' ? (JSON.parse(value) as Preferences) : null;
  }

  put(uid: string, preferences: Preferences): Promise<void> {
    return this.#write(uid, preferencesField, preferences);
  }

  async listMutes(uid: string): Promise<readonly Mute[]> {
    const reply = (await this.#redis.call('HGETALL', [this.#keys.preferences(uid)], 'utf8')) as string[];
    const mutes: Mute[] = [];
    for (let at = 0; at < reply.length; at += 2)
      if (reply[at]?.startsWith(mutePrefix) === true) mutes.push(JSON.parse(reply[at + 1] ?? '') as Mute);
    return mutes;
  }

  putMute(uid: string, mute: Mute): Promise<void> {
    return this.#write(uid, muteField(mute), mute);
  }

  async removeMute(uid: string, conversation: Conversation): Promise<boolean> {
    return (await this.#redis.call('HDEL', [this.#keys.preferences(uid), muteField(conversation)])) === 1;
  }

  async eraseUser(uid: string): Promise<void> {
    await this.#redis.call('DEL', [this.#keys.preferences(uid)]);
  }

  async #write(uid: string, field: string, value: Preferences | Mute): Promise<void> {
    await this.#redis.call('HSET', [this.#keys.preferences(uid), field, JSON.stringify(value)]);
  }
}
