import type { Mute, Preferences, Profile } from '../../domain/people';

/** Names for titles, of users and channels. */
export interface Profiles {
  getUsers(uids: readonly string[]): Promise<readonly (Profile | null)[]>;
  putUser(uid: string, profile: Profile): Promise<void>;
  getChannel(channelType: number, channelId: string): Promise<Profile | null>;
  putChannel(channelType: number, channelId: string, profile: Profile): Promise<void>;
  eraseUser(uid: string): Promise<void>;
}

/** What a user wants: locale, preview, quiet hours, and mutes by conversation. */
export interface PreferencesStore {
  getMany(uids: readonly string[]): Promise<readonly (Preferences | null)[]>;
  put(uid: string, preferences: Preferences): Promise<void>;
  listMutes(uid: string): Promise<readonly Mute[]>;
  /** For each uid, its mute of this conversation. */
  getMutes(
    keys: readonly { readonly uid: string; readonly channelType: number; readonly channelId: string }[],
  ): Promise<readonly (Mute | null)[]>;
  putMute(uid: string, mute: Mute): Promise<void>;
  removeMute(uid: string, channelType: number, channelId: string): Promise<boolean>;
  eraseUser(uid: string): Promise<void>;
}

/** Unread counts, a uid and app; the relay counts up, the app sets. */
export interface Badges {
  get(uid: string, app: string): Promise<number | null>;
  set(uid: string, app: string, count: number): Promise<void>;
  /** One up for each; the answer is the new counts, null where no count was ever set. */
  increment(
    keys: readonly { readonly uid: string; readonly app: string }[],
  ): Promise<readonly (number | null)[]>;
  eraseUser(uid: string): Promise<void>;
}
