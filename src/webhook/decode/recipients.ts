import { entryMaxRecipients, inEntries } from '../../domain/inbox-entry';
import { randomInt } from 'node:crypto';
import { Slice } from '../../runtime/slice';
import { KnownUids } from './known-uids';
import { maxOdd, TextSpans, type TextList } from './text-list';
import { isAddressable, maxUidBytes } from './uid';

/** Uids until the clock is looked at: less than a millisecond. */
const stepUids = 1_000;
/** Of 500 recipients each: some 250 KB. */
const groupsAtOnce = 16;
/** A uid of 256 bytes, each of them as an escape. */
const maxWrittenBytes = maxUidBytes * 6;
/** More than a small body holds, if they are of 32 characters. */
export const maxFew = 2_000;
/** Below it two uids are compared sooner than a Set is made. */
const few = 32;
const replacement = '\ufffd';

/** Who a message is for, of lists that are parsed already: their union, without duplicates, in order, in groups. */
export class FewRecipients {
  private constructor(
    readonly groups: readonly (readonly string[])[],
    readonly count: number,
    /** What no device can be registered under (empty, over 256 bytes, no Unicode, no string): left out. */
    readonly unaddressable: number,
  ) {}

  /** Null: they are many, or these are no lists of strings. */
  static of(lists: readonly (readonly unknown[])[]): FewRecipients | null {
    const uids: string[] = [];
    let unaddressable = 0;
    if (lists.reduce((sum, list) => sum + list.length, 0) > maxFew) return null;
    for (const list of lists) {
      const seen = list.length + uids.length > few ? new Set(uids) : null;
      let odd = 0;
      for (const uid of list) {
        if (typeof uid !== 'string') odd += 1;
        else if (!isAddressable(uid)) unaddressable += 1;
        else if (seen === null ? !uids.includes(uid) : !seen.has(uid)) {
          seen?.add(uid);
          uids.push(uid);
        }
      }
      if (odd > maxOdd) return null;
      unaddressable += odd;
    }
    return new FewRecipients(inEntries(uids), uids.length, unaddressable);
  }

  /** Nobody who can be reached is named, but somebody is: then `peer`, if there is one. */
  orElse(peer: () => string | null): FewRecipients {
    if (this.count > 0 || this.unaddressable === 0) return this;
    const uid = peer();
    return uid === null ? this : new FewRecipients([[uid]], 1, this.unaddressable);
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
  /** Of the hashes: nobody can choose uids that fall together. */
  readonly #seed = randomInt(2 ** 32) | 0;
  readonly #known: KnownUids;
  readonly #lists: readonly TextList[];
  readonly #peer: () => string | null;

  constructor(lists: readonly TextList[], peer: () => string | null) {
    this.#lists = lists;
    this.#peer = peer;

    this.#known = new KnownUids(lists);
    this.unaddressable = lists.reduce((sum, list) => sum + list.odd, 0);
  }

  /** The next groups; none: that was all. */
  async next(): Promise<readonly (readonly string[])[]> {
    const groups: string[][] = [];
    let current: string[] = [];
    const slice = new Slice();
    for (let step = 1; !this.isDone; step += 1) {
      if (step % stepUids === 0 && slice.isOver) await slice.rest();
      const uid = this.#nextUid();
      if (uid === null) continue;
      if (current.length === 0) groups.push(current);
      current.push(uid);
      this.count += 1;
      if (current.length < entryMaxRecipients) continue;
      if (groups.length === groupsAtOnce) return groups;
      current = [];
    }
    return groups;
  }

  /** Null: what was there is none that can be reached, or was there before, or is the end. */
  #nextUid(): string | null {
    const list = this.#lists[this.#index];
    if (list === undefined) {
      this.isDone = true;
      return this.count === 0 && this.unaddressable > 0 ? this.#peer() : null;
    }
    this.#spans ??= new TextSpans(list, this.#seed);
    const spans = this.#spans;
    if (!spans.next()) {
      this.#index += 1;
      this.#spans = null;
      return null;
    }
    if (spans.to - spans.from > maxWrittenBytes) return this.#leaveOut();
    const uid = spans.text();
    if (!list.isUtf8 && uid.includes(replacement)) return null;
    if (!isAddressable(uid)) return this.#leaveOut();
    return this.#known.add(this.#index, spans, uid) ? uid : null;
  }

  #leaveOut(): null {
    this.unaddressable += 1;
    return null;
  }
}
