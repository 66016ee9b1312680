import type { Device, TokenOwner } from '../../domain/device';
import type { ProviderName, TokenKind } from '../../domain/provider-table';
import type { Page } from './dead-letters';

export interface Registered {
  readonly created: boolean;
  /** Devices that left because the uid had more than the limit: the least recently accepted or registered. */
  readonly evicted: readonly Device[];
}

/** What became of an attempt, for the device's own record. Written only if the device still holds `token`. */
export interface DeviceOutcome {
  readonly uid: string;
  readonly deviceId: string;
  readonly tokenKind: TokenKind;
  readonly token: string;
  readonly change:
    | { readonly kind: 'accepted'; readonly atMs: number }
    | {
        readonly kind: 'rejected';
        readonly atMs: number;
        readonly reason: string;
        readonly suspendAfter: number;
        readonly suspendUntilMs: number;
      }
    | { readonly kind: 'lane'; readonly lane: Device['lane'] }
    /** The provider wants no more for this device before `untilMs`; the later of two such times stands. */
    | { readonly kind: 'throttled'; readonly untilMs: number };
}

/** A device that was left out, because this relay does not know its provider, platform or lane. */
export interface UnreadDevice {
  readonly uid: string;
  readonly deviceId: string;
  readonly provider: string;
}

/** A device that an outcome suspended, as it is stored now. */
export interface Suspension {
  readonly device: Device;
  readonly reason: string;
  readonly untilMs: number;
}

export interface Forgetting {
  readonly uid: string;
  readonly deviceId: string;
  readonly tokenKind: TokenKind;
  readonly token: string;
  /** The token stays when it was registered after this (ms since the epoch): the attempt's begin, or APNs' 410 timestamp. */
  readonly registeredBeforeMs: number;
}

/**
 * Devices by (uid, deviceId), and who owns a device token.
 * A token has one owner. Registering it for another device: the owner index is swapped, the old owner loses the token
 * (and the device, when it has no other token), then the new one is written; a crash in between leaves no owner, never two.
 */
export interface Devices {
  /**
   * Creates the device, or replaces it and its tokens. Durable. `limitPerUser`: 1 or more. Of several that race for a token the last
   * one to take it has it.
   */
  register(device: Device, limitPerUser: number): Promise<Registered>;
  /**
   * Read, change, write, as one: `change` may be called again when another writer was faster, and returns null to
   * remove the device. Resolves with what is stored now; null when there was no such device, or it was removed.
   */
  update(uid: string, deviceId: string, change: (device: Device) => Device | null): Promise<Device | null>;
  /** Null where there is none. */
  get(uid: string, deviceId: string): Promise<Device | null>;
  /** All of the uid, in no particular order. */
  list(uid: string): Promise<readonly Device[]>;
  /** One round trip a node; the answer has one list for each uid, in order. */
  listMany(uids: readonly string[]): Promise<readonly (readonly Device[])[]>;
  /** Removes the device and its tokens. False: there was none. */
  remove(uid: string, deviceId: string): Promise<boolean>;
  /** Removes all devices of the uid. Resolves with how many there were. */
  removeUser(uid: string): Promise<number>;
  /** Whose the token is; null: nobody's. */
  ownerOf(provider: ProviderName, token: string): Promise<TokenOwner | null>;
  /** Removes the token from its owner, and the device when no token is left. False: nobody had it. */
  removeToken(provider: ProviderName, token: string): Promise<boolean>;
  /** Compare-and-delete: removes the token if the device still holds it, and the device when no token is left. True when it did. */
  forget(forgetting: Forgetting): Promise<boolean>;
  /**
   * Best effort, batched, at most one write a device an hour for `accepted` unless something changes. Resolves with the devices that
   * these outcomes suspended and that were not suspended before.
   */
  record(outcomes: readonly DeviceOutcome[]): Promise<readonly Suspension[]>;
  /**
   * Every device, at most `limit` (1 or more) per page, from `cursor` on (null: from the first), for export and for pruning. What is
   * there from the first page to the last comes at least once; on Redis a device may come twice.
   */
  scan(limit: number, cursor: string | null): Promise<Page<Device>>;
  /** Devices that this process met and left out, at most 1,000. Their rows stay until they are removed or replaced. */
  unread(): readonly UnreadDevice[];
  /** Devices of an app and provider (may be minutes old): the base of the prune brake. */
  count(app: string, provider: ProviderName): Promise<number>;
}
