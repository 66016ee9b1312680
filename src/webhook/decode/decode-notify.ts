import { isUtf8 } from 'node:buffer';
import { readFields } from './body-fields';
import { BodyWalk, walking } from './body-walk';
import { broken, decoded } from './decode-failure';
import type { Broken, DecodeFailure, Decoded } from './decode-failure';
import { decodeMessage } from './decode-message';
import { parseSmall } from './small-json';
import { maxOdd } from './text-list';

const openBracket = 0x5b;
const openBrace = 0x7b;
const closeBracket = 0x5d;
const noRawId = (): string => '1';

export interface NotifiedMessages {
  readonly count: number;
  /** Left out. */
  readonly malformed: number;
  /** Of the first of those. */
  readonly failure: DecodeFailure | null;
}

/** `msg.notify`: an array of messages. They are checked and counted, not kept, so a malformed one does not matter to others. */
export function decodeNotify(
  body: Buffer,
  receivedAtMs: number,
): Decoded<NotifiedMessages> | Promise<Decoded<NotifiedMessages>> {
  if (body.length === 0) return broken('empty', '$', 'a JSON body');
  if (!isUtf8(body)) return broken('utf8', '$', 'UTF-8');
  const root = parseSmall(body);
  return Array.isArray(root) ? countAll(root, receivedAtMs) : decodeLarge(body, receivedAtMs);
}

function countAll(messages: readonly unknown[], receivedAtMs: number): Decoded<NotifiedMessages> {
  const tally = new Tally();
  for (const message of messages) {
    tally.add(decodeMessage(message, tally.path, receivedAtMs, noRawId));
    if (tally.isOver) break;
  }
  return tally.result();
}

function decodeLarge(body: Buffer, receivedAtMs: number): Promise<Decoded<NotifiedMessages>> {
  return walking(async () => {
    const walk = new BodyWalk(body);
    if (walk.cursor.peek() !== openBracket) {
      await walk.skip();
      walk.cursor.finish();
      return broken('type', '$', 'an array of messages');
    }
    const messages = await readMessages(walk, receivedAtMs);
    if (messages.ok) walk.cursor.finish();
    return messages;
  });
}

/** Of the messages of an event. */
class Tally {
  #count = 0;
  #malformed = 0;
  #first: Broken | null = null;
  #last: Broken | null = null;

  /** Of the next one. */
  get path(): string {
    return `$[${this.#count + this.#malformed}]`;
  }

  /** There are so many malformed ones that nobody reads on. */
  get isOver(): boolean {
    return this.#malformed > maxOdd;
  }

  add(message: Decoded<unknown>): void {
    if (message.ok) this.#count += 1;
    else {
      this.#malformed += 1;
      this.#first ??= message;
      this.#last = message;
    }
  }

  result(): Decoded<NotifiedMessages> {
    if (this.isOver && this.#last !== null) return this.#last;
    if (this.#first !== null && this.#count === 0) return this.#first;
    const failure = this.#first?.failure ?? null;
    return decoded({ count: this.#count, malformed: this.#malformed, failure });
  }
}

async function readMessages(walk: BodyWalk, receivedAtMs: number): Promise<Decoded<NotifiedMessages>> {
  const { cursor } = walk;
  const tally = new Tally();
  cursor.take(openBracket);
  if (cursor.peek() === closeBracket) cursor.at += 1;
  else
    do {
      tally.add(await readMessage(walk, tally.path, receivedAtMs));
      if (tally.isOver) break;
      if (walk.isDue) await walk.rest();
    } while (cursor.more(closeBracket));
  return tally.result();
}

async function readMessage(walk: BodyWalk, path: string, receivedAtMs: number): Promise<Decoded<unknown>> {
  const { cursor, bytes } = walk;
  cursor.peek();
  const from = cursor.at;
  const isObject = bytes[from] === openBrace;
  await walk.skip();
  if (!isObject) return broken('type', path, 'an object');
  const small = parseSmall(bytes.subarray(from, cursor.at));
  if (small !== undefined) return decodeMessage(small, path, receivedAtMs, noRawId);
  const fields = await readFields(new BodyWalk(bytes, from, cursor.at), path);
  return fields.ok ? decodeMessage(fields.value.root, path, receivedAtMs, noRawId) : fields;
}
