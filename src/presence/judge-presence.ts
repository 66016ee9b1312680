import { crc32 } from 'node:zlib';
import type { Presence, PresenceFlag } from '../domain/presence';

/** WuKongIM v2 has this many hash slots by default (`cluster.slotCount`). */
const slots = 64;
/** Older than this, an event says nothing any more: servers restart, nodes fail and events get lost without another event. */
const maxAgeMs = 3_600_000;

export interface JudgedFlag extends Omit<PresenceFlag, 'changedAtMs'> {
  /** Null: unknown. */
  readonly changedAtMs: number | null;
  /** Null: unknown. */
  readonly online: boolean | null;
}

export interface JudgedPresence {
  /** Null: unknown. */
  readonly online: boolean | null;
  /** Of the last event; null: there was none. */
  readonly ageSeconds: number | null;
  readonly flags: readonly JudgedFlag[];
}

/**
 * What the events still prove. A time in the future counts as now.
 *
 * - v2 never reports OFFLINE for uids of slot 0 (`internal/user/handler/event_close.go:65`): that one is online proves nothing.
 * - main reports OFFLINE only with the last connection of a uid (`usecase/presence/app.go:75`): which of several are left, nobody knows.
 */
export function judgePresence(uid: string, presence: Presence | null, nowMs: number): JudgedPresence {
  const lastSeenAtMs = presence?.lastSeenAtMs ?? null;
  const flags = presence?.flags ?? [];
  const ageMs = lastSeenAtMs === null ? null : Math.max(0, nowMs - lastSeenAtMs);
  const connections = flags.reduce((sum, flag) => sum + flag.connections, 0);
  const isKnown = ageMs !== null && ageMs <= maxAgeMs && flags.length > 0;
  const online = !isKnown || (connections > 0 && isInSilentSlot(uid)) ? null : connections > 0;
  return {
    online,
    ageSeconds: ageMs === null ? null : Math.floor(ageMs / 1000),
    flags: flags.map((flag) => ({ ...flag, online: flagOnline(flag, connections, online) })),
  };
}

function flagOnline(flag: PresenceFlag, connections: number, online: boolean | null): boolean | null {
  if (online === null) return null;
  if (flag.connections === 0) return false;
  return flag.connections === connections ? true : null;
}

function isInSilentSlot(uid: string): boolean {
  return crc32(uid) % slots === 0;
}
