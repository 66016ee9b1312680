import type { Conversation, Mute, Preferences } from '../../domain/people';
import type { PreferencesStore } from '../ports/people';
import { asPromise } from './disk/as-promise';
import type { Batch } from './disk/batch';
import type { Environment, Table } from './disk/environment';
import { numberedKey, textKey } from './disk/keys';
import { removeUnder, rowsUnder } from './disk/prefix-scan';
import { decodeJson, encodeJson } from './disk/value-codec';
import type { Writer } from './disk/writer';

/** A user's row: what else there is to read, and the preferences, where there are any. Who wants nothing has no row. */
interface Settings {
  readonly preferences: Preferences | null;
  readonly hasMutes: boolean;
}

const noSettings: Settings = { preferences: null, hasMutes: false };

/**
 * A row per user, and a row per mute. The user's row tells whether there are mutes, so that most users cost a message one read that finds
 * nothing.
 */
export class EmbeddedPreferences implements PreferencesStore {
  readonly #users: Table;
  readonly #mutes: Table;
  readonly #writer: Writer;

  constructor(environment: Environment, writer: Writer) {
    this.#writer = writer;

    this.#users = environment.table('preferences');
    this.#mutes = environment.table('mutes');
  }

  /** What a message needs of a user; null: nothing is set. */
  read(uid: string, conversation: Conversation | null): readonly [Preferences | null, Mute | null] | null {
    const settings = this.#settings(uid);
    if (settings === noSettings) return null;
    const { preferences, hasMutes } = settings;
    return [preferences, conversation === null || !hasMutes ? null : this.#mute(uid, conversation)];
  }

  get(uid: string): Promise<Preferences | null> {
    return asPromise(() => this.#settings(uid).preferences);
  }

  put(uid: string, preferences: Preferences): Promise<void> {
    return this.#writer.run((batch) => this.#write(batch, uid, { preferences }), 'grow');
  }

  listMutes(uid: string): Promise<readonly Mute[]> {
    return asPromise(() =>
      [...rowsUnder(this.#mutes, textKey(uid))].map(({ value }) => decodeJson<Mute>(value)),
    );
  }

  putMute(uid: string, mute: Mute): Promise<void> {
    return this.#writer.run((batch) => {
      batch.put(this.#mutes, keyOf(uid, mute), encodeJson(mute));
      this.#write(batch, uid, { hasMutes: true });
    }, 'grow');
  }

  removeMute(uid: string, conversation: Conversation): Promise<boolean> {
    return this.#writer.run((batch) => {
      if (this.#mute(uid, conversation) === null) return false;
      batch.remove(this.#mutes, keyOf(uid, conversation));
      const left = [...rowsUnder(this.#mutes, textKey(uid), 2)].length - 1;
      if (left === 0) this.#write(batch, uid, { hasMutes: false });
      return true;
    });
  }

  async eraseUser(uid: string): Promise<void> {
    await this.#writer.run((batch) => batch.remove(this.#users, textKey(uid)));
    await removeUnder(this.#writer, this.#mutes, textKey(uid));
  }

  #settings(uid: string): Settings {
    const bytes = this.#users.get(textKey(uid));
    return bytes === undefined ? noSettings : decodeJson<Settings>(bytes);
  }

  #mute(uid: string, conversation: Conversation): Mute | null {
    const bytes = this.#mutes.get(keyOf(uid, conversation));
    return bytes === undefined ? null : decodeJson<Mute>(bytes);
  }

  #write(batch: Batch, uid: string, change: Partial<Settings>): void {
    const settings = { ...this.#settings(uid), ...change };
    const key = textKey(uid);
    if (settings.preferences === null && !settings.hasMutes) batch.remove(this.#users, key);
    else batch.put(this.#users, key, encodeJson(settings));
  }
}

function keyOf(uid: string, { channelType, channelId }: Conversation): Buffer {
  return numberedKey(uid, channelType, channelId);
}
