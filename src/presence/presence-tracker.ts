import type { Clock } from '../domain/clock';
import type { Device } from '../domain/device';
import type { PresenceChange } from '../domain/presence';
import type { WebhookEvents } from '../observability/webhook-events';
import type { Devices } from '../store/ports/devices';
import { StoreUnavailableError } from '../store/ports/errors';
import type { PresenceStore } from '../store/ports/presence';
import { RefreshMemory } from './refresh-memory';
import { SideWork } from './side-work';

export interface PresenceOptions {
  /** A device's last activity is written at most this often. */
  readonly activityIntervalMs: number;
  /** Uids whose last write is remembered. */
  readonly maxRemembered: number;
  /** The answer waits at most this long for the devices' activity, which the next event brings again; default 100. */
  readonly refreshDeadlineMs?: number;
}

export interface PresencePorts {
  readonly presenceStore: Pick<PresenceStore, 'apply'>;
  readonly devices: Pick<Devices, 'listMany' | 'update'>;
  readonly clock: Clock;
  readonly events: Pick<WebhookEvents, 'activityRefreshed'>;
  /** Told, before the answer, of those whose app came online; null: nobody asks. */
  readonly cameOnline: ((uids: readonly string[]) => Promise<void>) | null;
}

export interface PresenceTracker {
  /**
   * In order; resolves when durable. Rejects with StoreUnavailableError. That devices are in use is best effort: a store
   * that fails at it, or takes long, does not keep the event from its answer.
   */
  apply(changes: readonly PresenceChange[]): Promise<void>;
}

const defaultAppFlag = 0;
const defaultWebFlag = 1;
const defaultRefreshDeadlineMs = 100;
/** Look-ups and writes at a time: a server that restarts reports everyone at once. */
const batchUids = 256;

/** An install that was registered without a flag has the one that WuKongIM's SDKs give such a platform. */
function flagOf(device: Device): number {
  return device.deviceFlag ?? (device.platform === 'web' ? defaultWebFlag : defaultAppFlag);
}

/** The event names no device, so it speaks for one only where the uid has no other with that flag. */
function soleDevice(devices: readonly Device[], deviceFlag: number): Device | null {
  const candidates = devices.filter((device) => flagOf(device) === deviceFlag);
  return candidates.length === 1 ? (candidates[0] ?? null) : null;
}

/** Of browsers, computers and the system (WuKongIM's `device_flag`); all others are phones, those of the app's own included. */
const otherFlags: ReadonlySet<number> = new Set([1, 2, 99]);

/** A browser or a computer that connects has not opened the phone's app. */
function openedApps(changes: readonly PresenceChange[]): string[] {
  const uids = new Set<string>();
  for (const { uid, deviceFlag, online, connections } of changes)
    if (online && connections > 0 && !otherFlags.has(deviceFlag)) uids.add(uid);
  return [...uids];
}

async function ignoringOutage(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof StoreUnavailableError)) throw error;
  }
}

function memoryKey(change: PresenceChange): string {
  return `${change.deviceFlag}:${change.uid}`;
}

/**
 * What `user.onlinestatus` is good for: the store keeps who is connected (a hint: v2 never reports some uids offline,
 * main counts one node only), and a device whose user comes or goes is in use, so it is not pruned.
 */
export function createPresenceTracker(options: PresenceOptions, ports: PresencePorts): PresenceTracker {
  const { presenceStore, devices, clock, events, cameOnline } = ports;
  const memory = new RefreshMemory(options.maxRemembered);
  const sideWork = new SideWork(options.refreshDeadlineMs ?? defaultRefreshDeadlineMs);

  const refresh = async (
    owned: readonly Device[],
    change: PresenceChange,
    atMs: number,
  ): Promise<boolean> => {
    const device = soleDevice(owned, change.deviceFlag);
    if (device === null) return false;
    const sinceMs = atMs - (device.lastActiveAtMs ?? -Infinity);
    // An activity in the future was seen by a clock that was wrong.
    if (sinceMs >= 0 && sinceMs < options.activityIntervalMs) {
      memory.remember(memoryKey(change), clock.monotonicMs() + options.activityIntervalMs - sinceMs);
      return false;
    }
    const updated = await devices.update(device.uid, device.deviceId, (now) =>
      now.lastActiveAtMs === null || now.lastActiveAtMs < atMs || now.lastActiveAtMs > clock.now()
        ? { ...now, lastActiveAtMs: atMs }
        : now,
    );
    // Not before: an activity whose write failed is tried again with the next event.
    memory.remember(memoryKey(change), clock.monotonicMs() + options.activityIntervalMs);
    return updated !== null;
  };

  const refreshBatch = async (batch: readonly PresenceChange[], atMs: number): Promise<void> => {
    const owned = await devices.listMany(batch.map((change) => change.uid));
    const refreshed = await Promise.all(
      batch.map((change, index) => refresh(owned[index] ?? [], change, atMs)),
    );
    const count = refreshed.filter(Boolean).length;
    if (count > 0) events.activityRefreshed(count);
  };

  /** Never rejects but for a bug. */
  const refreshAll = async (waiting: readonly PresenceChange[], atMs: number): Promise<void> => {
    try {
      for (let from = 0; from < waiting.length; from += batchUids)
        await refreshBatch(waiting.slice(from, from + batchUids), atMs);
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error;
    }
  };

  return {
    async apply(changes) {
      if (changes.length === 0) return;
      const atMs = clock.now();
      const opened = cameOnline === null ? [] : openedApps(changes);
      await presenceStore.apply(changes, atMs);
      if (cameOnline !== null && opened.length > 0)
        await sideWork.run(() => ignoringOutage(cameOnline(opened)));
      const due = new Map<string, PresenceChange>();
      for (const change of changes) {
        const key = memoryKey(change);
        if (!memory.isFresh(key, clock.monotonicMs())) due.set(key, change);
      }
      if (due.size > 0) await sideWork.run(() => refreshAll([...due.values()], atMs));
    },
  };
}
