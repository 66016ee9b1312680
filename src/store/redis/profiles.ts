import type { Profile } from '../../domain/people';
import type { Profiles } from '../ports/people';
import type { Keys } from './commands/keys';
import type { TextValues } from './commands/text-values';

export class RedisProfiles implements Profiles {
  constructor(
    private readonly values: TextValues,
    private readonly keys: Keys,
  ) {}

  async getUsers(uids: readonly string[]): Promise<readonly (Profile | null)[]> {
    const values = await this.values.many(uids.map((uid) => this.keys.userProfile(uid)));
    return values.map(parse);
  }

  putUser(uid: string, profile: Profile): Promise<void> {
    return this.values.set(this.keys.userProfile(uid), JSON.stringify(profile));
  }

  async getChannel(channelType: number, channelId: string): Promise<Profile | null> {
    const [value = null] = await this.values.many([this.keys.channelProfile(channelType, channelId)]);
    return parse(value);
  }

  putChannel(channelType: number, channelId: string, profile: Profile): Promise<void> {
    return this.values.set(this.keys.channelProfile(channelType, channelId), JSON.stringify(profile));
  }

  async eraseUser(uid: string): Promise<void> {
    await this.values.remove(this.keys.userProfile(uid));
  }
}

function parse(value: string | null): Profile | null {
  return value === null ? null : (JSON.parse(value) as Profile);
}
