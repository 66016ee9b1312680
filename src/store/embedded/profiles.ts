import { channelTypesOfUser } from '../../domain/message';
import type { Profile } from '../../domain/people';
import type { ChannelProfile, Profiles, UserProfile } from '../ports/people';
import { asPromise } from './disk/as-promise';
import type { Environment, Table } from './disk/environment';
import { numberedKey, textKey } from './disk/keys';
import { decodeJson, encodeJson } from './disk/value-codec';
import type { Writer } from './disk/writer';

function read<T>(table: Table, key: Buffer): T | null {
  const bytes = table.get(key);
  return bytes === undefined ? null : decodeJson<T>(bytes);
}

async function write(writer: Writer, table: Table, key: Buffer, value: Buffer): Promise<void> {
  await writer.run((batch) => batch.put(table, key, value), 'grow');
}

export class EmbeddedProfiles implements Profiles {
  readonly #users: Table;
  readonly #channels: Table;
  readonly #writer: Writer;

  constructor(environment: Environment, writer: Writer) {
    this.#writer = writer;

    this.#users = environment.table('user-profiles');
    this.#channels = environment.table('channel-profiles');
  }

  getUsers(uids: readonly string[]): Promise<readonly (Profile | null)[]> {
    return asPromise(() => uids.map((uid) => read<Profile>(this.#users, textKey(uid))));
  }

  putUser(uid: string, profile: Profile): Promise<void> {
    return write(this.#writer, this.#users, textKey(uid), encodeJson(profile));
  }

  getChannel(channelType: number, channelId: string): Promise<Profile | null> {
    return asPromise(() => read<Profile>(this.#channels, numberedKey('', channelType, channelId)));
  }

  putChannel(channelType: number, channelId: string, profile: Profile): Promise<void> {
    return write(this.#writer, this.#channels, numberedKey('', channelType, channelId), encodeJson(profile));
  }

  async putMany(users: readonly UserProfile[], channels: readonly ChannelProfile[]): Promise<void> {
    if (users.length + channels.length === 0) return;
    await this.#writer.run((batch) => {
      for (const { uid, profile } of users) batch.put(this.#users, textKey(uid), encodeJson(profile));
      for (const { channelType, channelId, profile } of channels)
        batch.put(this.#channels, numberedKey('', channelType, channelId), encodeJson(profile));
    }, 'grow');
  }

  async eraseUser(uid: string): Promise<void> {
    await this.#writer.run((batch) => {
      batch.remove(this.#users, textKey(uid));
      for (const type of channelTypesOfUser) batch.remove(this.#channels, numberedKey('', type, uid));
    });
  }
}
