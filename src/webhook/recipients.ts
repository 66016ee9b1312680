import { randomInt } from 'node:crypto';
import type { Rests } from '../domain/rests';
import { KnownUids } from './known-uids';
import { TextSpans, type TextList } from './text-list';
import { isAddressable } from './uid';

/** Uids handled before other requests get their turn: less than a millisecond. */
const sliceUids = 1_000;
/** Of 500 recipients each: some 250 KB. */
const groupsAtOnce = 16;
/** A uid of 256 bytes, each of them as an escape. */
const maxWrittenBytes = 256 * 6;
/** Below it two uids are compared sooner than a Set is made. */
const few = 32;
const replacement = '\ufffd';
const seed = randomInt(2 ** 32) | 0;

/** Who a message is for, without duplicates: one group at most. */
export class FewRecipients {
  readonly count: number;

  private constructor(
    readonly groups: readonly (readonly string[])[],
    /** What no device can be registered under (empty, over 256 bytes, no Unicode, no string): left out. */
    readonly unaddressable: number,
  ) {
    this.count = groups[0]?.length ?? 0;
  }

  static of(uids: readonly unknown[]): FewRecipients {
    const group: string[] = [];
    let unaddressable = 0;
    const seen = uids.length > few ? new Set<unknown>() : null;
    for (const uid of uids) {
      if (typeof uid !== 'string' || !isAddressable(uid)) unaddressable += 1;
      else if (seen === null ? !group.includes(uid) : !seen.has(uid)) {
        seen?.add(uid);
        group.push(uid);
      }
    }
    return new FewRecipients(group.length === 0 ? [] : [group], unaddressable);
  }

  /** Nobody who can be reached is named, but somebody is: then `peer`, if there is one. */
  orElse(peer: () => string | null): FewRecipients {
    if (this.count > 0 || this.unaddressable === 0) return this;
    const uid = peer();
    return uid === null ? this : new FewRecipients([[uid]], this.unaddressable);
  }
}

/** Who a message is for, as lists that are still in their bytes: their union, without duplicates, in order, in groups. */
export class ManyRecipients {
  /** `next` gave the last ones. */
  isDone = false;
  /** Of those that `next` gave. */
  count = 0;
  /** What no device can be registered under: left out so far. */
  unaddressable: number;
  #index = 0;
  #spans: TextSpans | null = null;
  readonly #known: KnownUids;

  constructor(
    private readonly lists: readonly TextList[],
    private readonly groupSize: number,
    private readonly rests: Pick<Rests, 'rest'>,
    private readonly peer: () => string | null,
  ) {
    this.#known = new KnownUids(lists);
    this.unaddressable = lists.reduce((sum, list) => sum + list.odd, 0);
  }

  /** The next groups; none: that was all. */
  async next(): Promise<readonly (readonly string[])[]> {
    const groups: string[][] = [];
    let current: string[] = [];
    for (let untilRest = sliceUids; !this.isDone; untilRest -= 1) {
      if (untilRest === 0) {
        untilRest = sliceUids;
        await this.rests.rest();
      }
      const uid = this.#nextUid();
      if (uid === null) continue;
      if (current.length === 0) groups.push(current);
      current.push(uid);
      this.count += 1;
      if (current.length < this.groupSize) continue;
      if (groups.length === groupsAtOnce) return groups;
      current = [];
    }
    return groups;
  }

  /** Null: what was there is none that can be reached, or was there before, or is the end. */
  #nextUid(): string | null {
    const list = this.lists[this.#index];
    if (list === undefined) {
      this.isDone = true;
      return this.count === 0 && this.unaddressable > 0 ? this.peer() : null;
    }
    this.#spans ??= new TextSpans(list, seed);
    const spans = this.#spans;
    if (!spans.next()) {
      this.#index += 1;
      this.#spans = null;
      return null;
    }
    if (spans.to === spans.from || spans.to - spans.from > maxWrittenBytes) return this.#leaveOut();
    if (!this.#known.add(this.#index, spans)) return null;
    const uid = spans.text();
    if (!list.isUtf8 && uid.includes(replacement)) return null;
    return isAddressable(uid) ? uid : this.#leaveOut();
  }

  #leaveOut(): null {
    this.unaddressable += 1;
    return null;
  }
}
