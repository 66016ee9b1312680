import type { Redis } from 'ioredis';
import type { Device } from '../../../domain/device';
import type { Page } from '../../ports/dead-letters';
import { StoreUnavailableError } from '../../ports/errors';
import type { DeviceLists } from './device-lists';
import { compareIds } from '../../device-fields';
import type { Keys } from '../commands/keys';
import { nameOf, type DeadlineClient } from '../server/deadline-client';

/** Where a scan stands. Keys that a server has named but that did not fit on the page travel with it. */
interface Place {
  /** The master, `host:port`; '' before the first. */
  readonly node: string;
  /** SCAN's own cursor there; null: that master is done. */
  readonly cursor: string | null;
  /** Uids that are named, but not handed out. */
  readonly uids: readonly string[];
  /** The last device of the first of them that is handed out. */
  readonly after: string | null;
}

const start: Place = { node: '', cursor: null, uids: [], after: null };
const keysAStep = 500;

/**
 * Every device, by SCAN over each master in turn: what stands there from the first page to the last is handed out at least
 * once, whatever comes and goes meanwhile. (A uid may come twice while Redis grows its table, or a slot moves.)
 */
export class DeviceScan {
  readonly #redis: DeadlineClient;
  readonly #keys: Keys;
  readonly #lists: DeviceLists;

  constructor(redis: DeadlineClient, keys: Keys, lists: DeviceLists) {
    this.#redis = redis;
    this.#keys = keys;
    this.#lists = lists;
  }

  async page(limit: number, cursor: string | null): Promise<Page<Device>> {
    let place = cursor === null ? start : decode(cursor);
    const items: Device[] = [];
    for (;;) {
      place = await this.#handOut(place, limit, items);
      if (items.length >= limit) break;
      const next = await this.#step(place);
      if (next === null) return { items, nextCursor: null };
      place = next;
    }
    const next = await this.#step(place);
    return { items, nextCursor: next === null ? null : encode(next) };
  }

  async #handOut(place: Place, limit: number, items: Device[]): Promise<Place> {
    const lists = await this.#lists.many(place.uids.slice(0, limit));
    let { uids, after } = place;
    for (const list of lists) {
      const [, ...rest] = uids;
      for (const device of list) {
        if (after !== null && compareIds(device.deviceId, after) <= 0) continue;
        if (items.length >= limit) return { ...place, uids, after };
        items.push(device);
        after = device.deviceId;
      }
      uids = rest;
      after = null;
    }
    return { ...place, uids, after };
  }

  /** The next uids that a master names; null when all have named theirs. */
  async #step(place: Place): Promise<Place | null> {
    if (place.uids.length > 0) return place;
    const masters = this.#masters();
    let { node, cursor } = place;
    for (;;) {
      if (cursor === null) {
        const next = masters.find(([name]) => name > node);
        if (next === undefined) return null;
        [node, cursor] = [next[0], '0'];
      }
      const master = masters.find(([name]) => name === node)?.[1];
      // It was replaced while it was scanned: its replacement is scanned whole.
      if (master === undefined) {
        [node, cursor] = ['', null];
        continue;
      }
      const [nextCursor, uids] = await this.#scan(master, cursor);
      cursor = nextCursor === '0' ? null : nextCursor;
      if (uids.length > 0) return { node, cursor, uids, after: null };
    }
  }

  async #scan(master: Redis, cursor: string): Promise<[string, string[]]> {
    if (!this.#redis.isOpen) throw new StoreUnavailableError('Redis cannot be reached');
    const args = [cursor, 'MATCH', this.#keys.devicesPattern(), 'COUNT', String(keysAStep)];
    const [next, keys] = (await this.#redis.callOn(master, 'SCAN', args)) as [string, string[]];
    const uids = keys.map((key) => this.#keys.uidOfDevices(key)).filter((uid) => uid !== null);
    return [next, [...new Set(uids)]];
  }

  #masters(): [string, Redis][] {
    const named = this.#redis
      .masters()
      .map((master): [string, Redis] => [this.#redis.isCluster ? nameOf(master) : 'master', master]);
    return named.sort(([one], [other]) => compareIds(one, other));
  }
}

function encode({ node, cursor, uids, after }: Place): string {
  return Buffer.from(JSON.stringify([node, cursor, uids, after])).toString('base64url');
}

/** A cursor of nobody's making starts from the beginning. */
function decode(text: string): Place {
  try {
    const [node, cursor, uids, after] = JSON.parse(Buffer.from(text, 'base64url').toString()) as [
      string,
      string | null,
      string[],
      string | null,
    ];
    return { node, cursor, uids: [...uids], after };
  } catch {
    return start;
  }
}
