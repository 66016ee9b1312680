import type { Rests } from '../domain/rests';
import { broken, decoded } from './decode-failure';
import type { Decoded } from './decode-failure';
import { SeenUids } from './seen-uids';
import { isAddressable } from './uid';

/** Uids handled before other requests get their turn: less than a millisecond. */
const sliceUids = 1_000;
const few = 32;
/** A list of uids that holds more of what is no string is no list of uids. */
const maxOdd = 1_000;

export interface Recipients {
  /** Without duplicates, in order, in groups of at most the wanted size. */
  readonly groups: readonly (readonly string[])[];
  readonly count: number;
  /** What no device can be registered under (empty, over 256 bytes, no Unicode, no string): left out. */
  readonly unaddressable: number;
}

class RecipientGroups {
  readonly groups: string[][] = [];
  count = 0;
  unaddressable = 0;
  private readonly seen = new SeenUids((position) => this.at(position));
  private current: string[] = [];

  constructor(private readonly groupSize: number) {}

  add(uid: unknown): void {
    if (typeof uid !== 'string' || !isAddressable(uid)) {
      this.unaddressable++;
      return;
    }
    if (!this.seen.add(uid)) return;
    this.count++;
    if (this.current.length === 0 || this.current.length === this.groupSize) {
      this.current = [];
      this.groups.push(this.current);
    }
    this.current.push(uid);
  }

  private at(position: number): string {
    const { groupSize } = this;
    return this.groups[Math.floor(position / groupSize)]?.[position % groupSize] ?? '';
  }
}

/** One list of uids and the JSON path it stands at. */
export interface UidList {
  readonly path: string;
  /** One after the other they are the list. */
  readonly slices: Iterable<readonly unknown[]>;
}

/** A list so small that it is collected at once; null for what is larger. */
export function collectFew(uids: readonly unknown[]): Recipients | null {
  if (uids.length > few) return null;
  const group: string[] = [];
  let unaddressable = 0;
  for (const uid of uids) {
    if (typeof uid !== 'string' || !isAddressable(uid)) unaddressable++;
    else if (!group.includes(uid)) group.push(uid);
  }
  return { groups: group.length === 0 ? [] : [group], count: group.length, unaddressable };
}

/** The union of the lists. Large ones are worked off in slices, so that other requests are answered in between. */
export async function collectRecipients(
  lists: readonly UidList[],
  groupSize: number,
  rests: Pick<Rests, 'rest'>,
): Promise<Decoded<Recipients>> {
  const result = new RecipientGroups(groupSize);
  let untilTurn = sliceUids;
  let odd = 0;
  for (const { path, slices } of lists) {
    let index = 0;
    for (const uids of slices) {
      for (const uid of uids) {
        if (typeof uid !== 'string' && ++odd > maxOdd) return broken('type', `${path}[${index}]`, 'a string');
        index += 1;
        result.add(uid);
        if (--untilTurn === 0) {
          untilTurn = sliceUids;
          await rests.rest();
        }
      }
    }
  }
  // Without what it took to find the duplicates: the groups are kept until they are durable.
  const { groups, count, unaddressable } = result;
  return decoded({ groups, count, unaddressable });
}
