/** What the online-status events say of one device flag of a uid. */
export interface PresenceFlag {
  readonly deviceFlag: number;
  readonly connections: number;
  readonly changedAtMs: number;
}

export interface Presence {
  readonly flags: readonly PresenceFlag[];
  readonly lastSeenAtMs: number | null;
}

/** One item of `user.onlinestatus`: counts after the change, which outrank the event's own on/off field. */
export interface PresenceChange {
  readonly uid: string;
  readonly deviceFlag: number;
  readonly online: boolean;
  /** Connections left with this flag. */
  readonly connections: number;
  /** Connections left of the uid. */
  readonly total: number;
}
