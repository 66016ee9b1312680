import type { PersonRecord } from '../../domain/person-record';
import type { AliasKey } from '../../store/ports/given-names';
import type { Store } from '../../store/ports/store';

export type PersonStore = Pick<Store, 'profiles' | 'givenNames' | 'preferences' | 'badges'>;

/**
 * Puts names, aliases, preferences, mutes and badges into a store. Nothing says how old they are, so what is there already stays: an import never
 * undoes what an app has done since, and doing it again changes nothing.
 */
export class PersonImport {
  readonly #store: PersonStore;

  constructor(store: PersonStore) {
    this.#store = store;
  }

  /** False: it was there, and stays. */
  async take(record: PersonRecord): Promise<boolean> {
    if (await this.#isThere(record)) return false;
    await this.#put(record);
    return true;
  }

  async #isThere(record: PersonRecord): Promise<boolean> {
    const { profiles, givenNames, preferences, badges } = this.#store;
    switch (record.kind) {
      case 'user':
        return isKnown(await profiles.getUsers([record.uid]));
      case 'channel':
        return (await profiles.getChannel(record.channelType, record.channelId)) !== null;
      case 'alias':
        return (await this.#aliasOf(record)) !== null;
      case 'member':
        return isKnown(await givenNames.getMembers([record]));
      case 'preferences':
        return (await preferences.get(record.uid)) !== null;
      case 'mute': {
        const { channelType, channelId } = record.mute;
        const mutes = await preferences.listMutes(record.uid);
        return mutes.some((mute) => mute.channelType === channelType && mute.channelId === channelId);
      }
      case 'badge':
        return isKnown(await badges.getMany([record]));
      default:
        return record satisfies never;
    }
  }

  async #aliasOf({ readerUid, peerUid }: AliasKey): Promise<string | null> {
    const [answer = []] = await this.#store.givenNames.findAliases([{ peerUid, readerUids: [readerUid] }]);
    return answer[0] ?? null;
  }

  async #put(record: PersonRecord): Promise<void> {
    const { profiles, givenNames, preferences, badges } = this.#store;
    switch (record.kind) {
      case 'user':
        return profiles.putUser(record.uid, record.profile);
      case 'channel':
        return profiles.putChannel(record.channelType, record.channelId, record.profile);
      case 'alias':
        return givenNames.putAlias(record, record.name);
      case 'member':
        return givenNames.putMember(record, record.name);
      case 'preferences':
        return preferences.put(record.uid, record.preferences);
      case 'mute':
        return preferences.putMute(record.uid, record.mute);
      case 'badge':
        return badges.set(record.uid, record.app, record.count, record.conversations);
      default:
        return record satisfies never;
    }
  }
}

function isKnown([found = null]: readonly unknown[]): boolean {
  return found !== null;
}
