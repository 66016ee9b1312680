/** What `reader` calls `peer`. */
export interface AliasKey {
  readonly readerUid: string;
  readonly peerUid: string;
}

/** A message has one sender and many readers. */
export interface AliasQuestion {
  readonly peerUid: string;
  readonly readerUids: readonly string[];
}

/** A member of a channel; `channelType`: WuKongIM's. */
export interface MemberKey {
  readonly channelType: number;
  readonly channelId: string;
  readonly uid: string;
}

/** Names that hold in one place only: a reader's alias for a peer, and what a member is called in a group. */
export interface GivenNames {
  /**
   * What the readers of each question call its peer, null where one calls it nothing of its own; an empty list where none of them
   * does, which is nearly free, however many they are.
   */
  findAliases(questions: readonly AliasQuestion[]): Promise<readonly (readonly (string | null)[])[]>;
  /** Whom the reader calls something of its own, in no particular order; some may have no alias any more. */
  listAliasedPeers(readerUid: string): Promise<readonly string[]>;
  /** Replaces. */
  putAlias(key: AliasKey, name: string): Promise<void>;
  removeAlias(key: AliasKey): Promise<void>;
  /** Null for each member without one. */
  getMembers(keys: readonly MemberKey[]): Promise<readonly (string | null)[]>;
  /** Replaces. */
  putMember(key: MemberKey, name: string): Promise<void>;
  removeMember(key: MemberKey): Promise<void>;
  /** Removes the aliases that the uid gave, those that others gave it, and its names in all channels. */
  eraseUser(uid: string): Promise<void>;
}
