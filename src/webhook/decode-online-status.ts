import { setImmediate as nextTurn } from 'node:timers/promises';
import type { PresenceChange } from '../domain/work';
import { broken, decoded } from './decode-failure';
import type { Decoded } from './decode-failure';
import { parseJsonBody } from './json-body';
import { isAddressable } from './uid';

export interface OnlineStatus {
  /** In the order of the event. */
  readonly changes: readonly PresenceChange[];
  /** Items that are no status: left out. */
  readonly malformed: number;
}

/** Read from the right: a uid may contain `-`, the five numbers behind it do not. */
const item = /^(.+)-(\d{1,9})-([01])-\d{1,20}-(\d{1,9})-(\d{1,9})$/s;
const maxItemLength = 320;
/** Items handled before other requests get their turn; v2 puts no limit on a batch. */
const sliceItems = 5_000;

/**
 * `uid-flag-online-connectionId-connectionsOfTheFlag-connectionsOfTheUid` (v2 `internal/webhook/webhook.go`). `online` is
 * the event's own word; the counts outrank it, because an OFFLINE of an old connection comes with the new one counted.
 * Null when it is none.
 */
export function parseOnlineStatus(text: string): PresenceChange | null {
  const match = text.length > maxItemLength ? null : item.exec(text);
  const uid = match?.[1];
  if (!match || uid === undefined || !isAddressable(uid)) return null;
  return {
    uid,
    deviceFlag: Number(match[2]),
    online: match[3] === '1',
    connections: Number(match[4]),
    total: Number(match[5]),
  };
}

/** `user.onlinestatus`: one malformed item does not lose the others; when all are, the body is no such event. */
export async function decodeOnlineStatus(body: Buffer): Promise<Decoded<OnlineStatus>> {
  const json = parseJsonBody(body);
  if (!json.ok) return json;
  const { root } = json.value;
  if (!Array.isArray(root)) return broken('type', '$', 'an array of strings');
  const items = root as readonly unknown[];
  const changes: PresenceChange[] = [];
  for (let index = 0; index < items.length; index++) {
    const text = items[index];
    const change = typeof text === 'string' ? parseOnlineStatus(text) : null;
    if (change !== null) changes.push(change);
    if ((index + 1) % sliceItems === 0) await nextTurn();
  }
  if (changes.length === 0 && items.length > 0)
    return broken('type', '$[0]', 'uid-flag-online-connection-count-total');
  return decoded({ changes, malformed: items.length - changes.length });
}
