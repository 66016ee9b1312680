import { isUtf8 } from 'node:buffer';
import type { PresenceChange } from '../../domain/presence';
import { BodyWalk, walking } from './body-walk';
import { broken, decoded } from './decode-failure';
import type { Decoded } from './decode-failure';
import { parseSmall } from './small-json';
import { maxOdd, scanTexts, TextSpans, type TextList } from './text-list';
import { isAddressable } from './uid';

const openBracket = 0x5b;
/** Read from the right: a uid may contain `-`, the five numbers behind it do not. */
const item = /^(.+)-(\d{1,9})-([01])-\d{1,20}-(\d{1,9})-(\d{1,9})$/s;
const maxItemLength = 320;
/** Of an item whose every byte is written as an escape. */
const maxWrittenBytes = maxItemLength * 6;
/** Items handled, and stored, before other requests get their turn. */
const portionItems = 1_000;
/**
 * Main sends 512 at a time. v2 puts no limit on a batch: what changes in 2 s, or in as long as attempts fail. That a server's
 * clients all connect anew in that time is some hundred thousand.
 */
const maxItems = 400_000;

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

interface Items {
  /** Items that are no strings. */
  readonly odd: number;
  /** The others, in their order; null for one that is too long to be a status. */
  readonly texts: Iterator<string | null, void>;
}

/** What an event says, in portions. */
export class OnlineStatuses {
  applied = 0;
  /** Items that are no status: left out so far. */
  malformed: number;
  readonly #texts: Iterator<string | null, void>;

  constructor({ odd, texts }: Items) {
    this.malformed = odd;
    this.#texts = texts;
  }

  /** In the order of the event. Null: that was all. */
  next(): readonly PresenceChange[] | null {
    const changes: PresenceChange[] = [];
    for (let read = 0; read < portionItems; read += 1) {
      const item = this.#texts.next();
      if (item.done === true) return changes.length === 0 ? null : this.#counted(changes);
      const change = item.value === null ? null : parseOnlineStatus(item.value);
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
export function decodeOnlineStatus(body: Buffer): Decoded<OnlineStatuses> | Promise<Decoded<OnlineStatuses>> {
  if (body.length === 0) return broken('empty', '$', 'a JSON body');
  if (!isUtf8(body)) return broken('utf8', '$', 'UTF-8');
  const small = smallItems(parseSmall(body));
  return small === null ? decodeLarge(body) : decoded(new OnlineStatuses(small));
}

/** Null where they are large, or no list of strings. */
function smallItems(root: unknown): Items | null {
  if (!Array.isArray(root)) return null;
  const texts = (root as readonly unknown[]).filter((item) => typeof item === 'string');
  const odd = root.length - texts.length;
  return odd > maxOdd ? null : { odd, texts: texts.values() };
}

function decodeLarge(body: Buffer): Promise<Decoded<OnlineStatuses>> {
  return walking(async () => {
    const walk = new BodyWalk(body);
    if (walk.cursor.peek() !== openBracket) return notAList(walk);
    const list = await scanTexts(walk, '$', maxItems);
    walk.cursor.finish();
    if (!list.ok) return list;
    return decoded(new OnlineStatuses({ odd: list.value.odd, texts: textsOf(list.value) }));
  });
}

function* textsOf(list: TextList): Generator<string | null, void> {
  const spans = new TextSpans(list);
  while (spans.next()) yield spans.to - spans.from > maxWrittenBytes ? null : spans.text();
}

/** Throws JsonBreak where it is no JSON either. */
async function notAList(walk: BodyWalk): Promise<Decoded<never>> {
  await walk.skip();
  walk.cursor.finish();
  return broken('type', '$', 'an array of strings');
}
