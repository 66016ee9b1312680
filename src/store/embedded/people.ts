import type { Mute, Preferences, Profile } from '../../domain/people';
import type { Badges, PreferencesStore, Profiles } from '../ports/people';
import { answer } from './disk/answer';
import type { Environment, Table } from './disk/environment';
import { compositeKey, numberedKey, textKey } from './disk/keys';
import { decodeJson, decodeNumber, encodeJson, encodeNumber } from './disk/records';
import { removeUnder, rowsUnder } from './disk/rows';
import type { Writer } from './disk/writer';

function read<T>(table: Table, key: Buffer): T | null {
  const bytes = table.get(key);
  return bytes === undefined ? null : decodeJson<T>(bytes);
}

async function write(writer: Writer, table: Table, key: Buffer, value: Buffer): Promise<void> {
  await writer.run((batch) => batch.put(table, key, value), 'grow');
}

export class EmbeddedProfiles implements Profiles {
  private readonly users: Table;
  private readonly channels: Table;

  constructor(
    environment: Environment,
    private readonly writer: Writer,
  ) {
    this.users = environment.table('user-profiles');
    this.channels = environment.table('channel-profiles');
  }

  getUsers(uids: readonly string[]): Promise<readonly (Profile | null)[]> {
    return answer(() => uids.map((uid) => read<Profile>(this.users, textKey(uid))));
  }

  putUser(uid: string, profile: Profile): Promise<void> {
    return write(this.writer, this.users, textKey(uid), encodeJson(profile));
  }

  getChannel(channelType: number, channelId: string): Promise<Profile | null> {
    return answer(() => read<Profile>(this.channels, numberedKey('', channelType, channelId)));
  }

  putChannel(channelType: number, channelId: string, profile: Profile): Promise<void> {
    return write(this.writer, this.channels, numberedKey('', channelType, channelId), encodeJson(profile));
  }

  async eraseUser(uid: string): Promise<void> {
    await this.writer.run((batch) => batch.remove(this.users, textKey(uid)));
  }
}

export class EmbeddedPreferences implements PreferencesStore {
  private readonly preferences: Table;
  private readonly mutes: Table;

  constructor(
    environment: Environment,
    private readonly writer: Writer,
  ) {
    this.preferences = environment.table('preferences');
    this.mutes = environment.table('mutes');
  }

  getMany(uids: readonly string[]): Promise<readonly (Preferences | null)[]> {
    return answer(() => uids.map((uid) => read<Preferences>(this.preferences, textKey(uid))));
  }

  put(uid: string, preferences: Preferences): Promise<void> {
    return write(this.writer, this.preferences, textKey(uid), encodeJson(preferences));
  }

  listMutes(uid: string): Promise<readonly Mute[]> {
    return answer(() => [...rowsUnder(this.mutes, textKey(uid))].map(({ value }) => decodeJson<Mute>(value)));
  }

  getMutes(
    keys: readonly { readonly uid: string; readonly channelType: number; readonly channelId: string }[],
  ): Promise<readonly (Mute | null)[]> {
    return answer(() =>
      keys.map(({ uid, channelType, channelId }) =>
        read<Mute>(this.mutes, numberedKey(uid, channelType, channelId)),
      ),
    );
  }

  putMute(uid: string, mute: Mute): Promise<void> {
    return write(
      this.writer,
      this.mutes,
      numberedKey(uid, mute.channelType, mute.channelId),
      encodeJson(mute),
    );
  }

  async removeMute(uid: string, channelType: number, channelId: string): Promise<boolean> {
    const key = numberedKey(uid, channelType, channelId);
    return this.writer.run((batch) => {
      if (this.mutes.get(key) === undefined) return false;
      batch.remove(this.mutes, key);
      return true;
    });
  }

  async eraseUser(uid: string): Promise<void> {
    await this.writer.run((batch) => batch.remove(this.preferences, textKey(uid)));
    await removeUnder(this.writer, this.mutes, textKey(uid));
  }
}

export class EmbeddedBadges implements Badges {
  private readonly badges: Table;

  constructor(
    environment: Environment,
    private readonly writer: Writer,
  ) {
    this.badges = environment.table('badges');
  }

  get(uid: string, app: string): Promise<number | null> {
    return answer(() => this.count(compositeKey(uid, app)));
  }

  set(uid: string, app: string, count: number): Promise<void> {
    return write(this.writer, this.badges, compositeKey(uid, app), encodeNumber(count));
  }

  async increment(
    keys: readonly { readonly uid: string; readonly app: string }[],
  ): Promise<readonly (number | null)[]> {
    const rowKeys = keys.map(({ uid, app }) => compositeKey(uid, app));
    // Most installations never set a badge: then there is nothing to write, and nothing to wait for.
    if (rowKeys.every((key) => this.count(key) === null)) return keys.map(() => null);
    return this.writer.run((batch) =>
      rowKeys.map((key) => {
        const count = this.count(key);
        if (count === null) return null;
        batch.put(this.badges, key, encodeNumber(count + 1));
        batch.apply();
        return count + 1;
      }),
    );
  }

  eraseUser(uid: string): Promise<void> {
    return removeUnder(this.writer, this.badges, textKey(uid));
  }

  private count(key: Buffer): number | null {
    const bytes = this.badges.get(key);
    return bytes === undefined ? null : decodeNumber(bytes);
  }
}
