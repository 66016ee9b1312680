import type { Device, ProviderName, TokenKind, TokenOwner } from '../../domain/device';
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
    | { readonly kind: 'environment'; readonly environment: Device['environment'] }
    /** The provider wants no more for this device before `untilMs`; the later of two such times stands. */
    | { readonly kind: 'throttled'; readonly untilMs: number };
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
  /** Creates or replaces. Durable. */
  register(device: Device, limitPerUser: number): Promise<Registered>;
  /**
   * Read, change, write, as one: `change` may be called again when another writer was faster, and returns null to
   * remove the device. Resolves with what is stored now; null when there was no such device, or it was removed.
   */
  update(uid: string, deviceId: string, change: (device: Device) => Device | null): Promise<Device | null>;
  get(uid: string, deviceId: string): Promise<Device | null>;
  list(uid: string): Promise<readonly Device[]>;
  /** One round trip a node; the answer has one list for each uid, in order. */
  listMany(uids: readonly string[]): Promise<readonly (readonly Device[])[]>;
  remove(uid: string, deviceId: string): Promise<boolean>;
  removeUser(uid: string): Promise<number>;
  ownerOf(provider: ProviderName, token: string): Promise<TokenOwner | null>;
  removeToken(provider: ProviderName, token: string): Promise<boolean>;
  /** Compare-and-delete: removes the token if the device still holds it, and the device when no token is left. True when it did. */
  forget(forgetting: Forgetting): Promise<boolean>;
  /** Best effort, batched, at most one write a device an hour for `accepted` unless something changes. */
  record(outcomes: readonly DeviceOutcome[]): Promise<void>;
  /** Every device, in key order, for export and for pruning. */
  scan(limit: number, cursor: string | null): Promise<Page<Device>>;
  /** Devices of an app and provider (may be minutes old): the base of the prune brake. */
  count(app: string, provider: ProviderName): Promise<number>;
}
