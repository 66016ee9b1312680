import { isUtf8 } from 'node:buffer';
import type { Rests } from '../domain/rests';
import type { PresenceChange } from '../domain/work';
import { BodyWalk, walking } from './body-walk';
import { broken, decoded } from './decode-failure';
import type { Decoded } from './decode-failure';
import { scanTexts, TextSpans, type TextList } from './text-list';
import { isAddressable } from './uid';

const openBracket = 0x5b;
/** Read from the right: a uid may contain `-`, the five numbers behind it do not. */
const item = /^(.+)-(\d{1,9})-([01])-\d{1,20}-(\d{1,9})-(\d{1,9})$/s;
const maxItemLength = 320;
/** Of an item whose every byte is written as an escape. */
const maxWrittenBytes = maxItemLength * 6;
/** Items handled, and stored, before other requests get their turn; v2 puts no limit on a batch. */
const portionItems = 1_000;

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

/** What an event says, in portions. */
export class OnlineStatuses {
  applied = 0;
  /** Items that are no status: left out so far. */
  malformed: number;
  /** Of more than one portion. */
  readonly isLong: boolean;
  readonly #spans: TextSpans;

  constructor(list: TextList) {
    this.isLong = list.size > portionItems;
    this.malformed = list.odd;
    this.#spans = new TextSpans(list);
  }

  /** In the order of the event. Null: that was all. */
  next(): readonly PresenceChange[] | null {
    const changes: PresenceChange[] = [];
    for (let read = 0; read < portionItems; read += 1) {
      if (!this.#spans.next()) return changes.length === 0 ? null : this.#counted(changes);
      const { from, to } = this.#spans;
      const change = to - from > maxWrittenBytes ? null : parseOnlineStatus(this.#spans.text());
      if (change === null) this.malformed += 1;
      else changes.push(change);
    }
    return this.#counted(changes);
  }

  #counted(changes: readonly PresenceChange[]): readonly PresenceChange[] {
    this.applied += changes.length;
    return changes;
  }
}

/**
 * `user.onlinestatus`, an array of strings. The whole of it is looked at before the first status counts; one malformed item
 * does not lose the others.
 */
export async function decodeOnlineStatus(
  body: Buffer,
  rests: Pick<Rests, 'rest'>,
): Promise<Decoded<OnlineStatuses>> {
  if (body.length === 0) return broken('empty', '$', 'a JSON body');
  if (!isUtf8(body)) return broken('utf8', '$', 'UTF-8');
  return walking(async () => {
    const walk = new BodyWalk(body, rests);
    if (walk.cursor.peek() !== openBracket) return notAList(walk);
    const list = await scanTexts(walk, '$');
    if (!list.ok) return list;
    walk.cursor.finish();
    return decoded(new OnlineStatuses(list.value));
  });
}

/** Throws JsonBreak where it is no JSON either. */
async function notAList(walk: BodyWalk): Promise<Decoded<never>> {
  await walk.skip();
  return broken('type', '$', 'an array of strings');
}
