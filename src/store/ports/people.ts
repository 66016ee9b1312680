import type { Conversation, Mute, Preferences, Profile } from '../../domain/people';

export interface UserProfile {
  readonly uid: string;
  readonly profile: Profile;
}

export interface ChannelProfile {
  readonly channelType: number;
  readonly channelId: string;
  readonly profile: Profile;
}

/** Names for titles, of users and channels. */
export interface Profiles {
  /** Null for each uid without one. */
  getUsers(uids: readonly string[]): Promise<readonly (Profile | null)[]>;
  /** Replaces. */
  putUser(uid: string, profile: Profile): Promise<void>;
  /** Null where there is none. `channelType`: WuKongIM's. */
  getChannel(channelType: number, channelId: string): Promise<Profile | null>;
  /** Replaces. */
  putChannel(channelType: number, channelId: string, profile: Profile): Promise<void>;
  /** Replaces each. Rejected, some may have been written. */
  putMany(users: readonly UserProfile[], channels: readonly ChannelProfile[]): Promise<void>;
  /** Removes the profile of the uid, also as the channel of a conversation with it. */
  eraseUser(uid: string): Promise<void>;
}

/** What a user wants: locale, preview, quiet hours, and mutes by conversation. Of many users at once: `Recipients`. */
export interface PreferencesStore {
  /** Null where there are none. */
  get(uid: string): Promise<Preferences | null>;
  /** Replaces. */
  put(uid: string, preferences: Preferences): Promise<void>;
  /** All of the uid, in no particular order; those whose `untilMs` is over are among them. */
  listMutes(uid: string): Promise<readonly Mute[]>;
  /** Replaces the uid's mute of the conversation. */
  putMute(uid: string, mute: Mute): Promise<void>;
  /** False: there was none. */
  removeMute(uid: string, conversation: Conversation): Promise<boolean>;
  /** Removes preferences and mutes of the uid. */
  eraseUser(uid: string): Promise<void>;
}
