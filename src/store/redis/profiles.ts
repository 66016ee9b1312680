import { channelTypesOfUser } from '../../domain/message';
import type { Profile } from '../../domain/people';
import type { ChannelProfile, Profiles, UserProfile } from '../ports/people';
import type { Keys } from './commands/keys';
import type { TextValues } from './commands/text-values';

export class RedisProfiles implements Profiles {
  readonly #values: TextValues;
  readonly #keys: Keys;

  constructor(values: TextValues, keys: Keys) {
    this.#values = values;
    this.#keys = keys;
  }

  async getUsers(uids: readonly string[]): Promise<readonly (Profile | null)[]> {
    const values = await this.#values.many(uids.map((uid) => this.#keys.userProfile(uid)));
    return values.map(parse);
  }

  putUser(uid: string, profile: Profile): Promise<void> {
    return this.#values.set(this.#keys.userProfile(uid), JSON.stringify(profile));
  }

  async getChannel(channelType: number, channelId: string): Promise<Profile | null> {
    const [value = null] = await this.#values.many([this.#keys.channelProfile(channelType, channelId)]);
    return parse(value);
  }

  putChannel(channelType: number, channelId: string, profile: Profile): Promise<void> {
    return this.#values.set(this.#keys.channelProfile(channelType, channelId), JSON.stringify(profile));
  }

  putMany(users: readonly UserProfile[], channels: readonly ChannelProfile[]): Promise<void> {
    return this.#values.setMany([
      ...users.map(({ uid, profile }) => [this.#keys.userProfile(uid), JSON.stringify(profile)] as const),
      ...channels.map(
        ({ channelType, channelId, profile }) =>
          [this.#keys.channelProfile(channelType, channelId), JSON.stringify(profile)] as const,
      ),
    ]);
  }

  async eraseUser(uid: string): Promise<void> {
    await this.#values.remove(this.#keys.userProfile(uid));
    for (const type of channelTypesOfUser) await this.#values.remove(this.#keys.channelProfile(type, uid));
  }
}

function parse(value: string | null): Profile | null {
  return value === null ? null : (JSON.parse(value) as Profile);
}
