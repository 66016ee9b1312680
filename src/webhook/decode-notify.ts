import { isUtf8 } from 'node:buffer';
import type { Rests } from '../domain/rests';
import { readFields } from './body-fields';
import { BodyWalk, walking } from './body-walk';
import { broken, decoded } from './decode-failure';
import type { Broken, DecodeFailure, Decoded } from './decode-failure';
import { decodeMessage } from './decode-message';
import { maxOdd } from './text-list';

const openBracket = 0x5b;
const openBrace = 0x7b;
const closeBracket = 0x5d;
const noRawId = (): string => '1';
/** A message up to here is parsed at once, whatever it is. */
const smallBytes = 4 * 1024;

export interface NotifiedMessages {
  readonly count: number;
  /** Left out. */
  readonly malformed: number;
  /** Of the first of those. */
  readonly failure: DecodeFailure | null;
}

/** `msg.notify`: an array of messages. They are checked and counted, not kept, so a malformed one does not matter to others. */
export async function decodeNotify(
  body: Buffer,
  receivedAtMs: number,
  rests: Pick<Rests, 'rest'>,
): Promise<Decoded<NotifiedMessages>> {
  if (body.length === 0) return broken('empty', '$', 'a JSON body');
  if (!isUtf8(body)) return broken('utf8', '$', 'UTF-8');
  return walking(async () => {
    const walk = new BodyWalk(body, rests);
    if (walk.cursor.peek() !== openBracket) {
      await walk.skip();
      return broken('type', '$', 'an array of messages');
    }
    const messages = await readMessages(walk, receivedAtMs);
    if (messages.ok) walk.cursor.finish();
    return messages;
  });
}

async function readMessages(walk: BodyWalk, receivedAtMs: number): Promise<Decoded<NotifiedMessages>> {
  const { cursor } = walk;
  let count = 0;
  let malformed = 0;
  let first: Broken | null = null;
  cursor.take(openBracket);
  if (cursor.peek() === closeBracket) cursor.at += 1;
  else
    do {
      const message = await readMessage(walk, `$[${count + malformed}]`, receivedAtMs);
      if (message === null) count += 1;
      else {
        first ??= message;
        malformed += 1;
        if (malformed > maxOdd) return message;
      }
      if (walk.isDue) await walk.rest();
    } while (cursor.more(closeBracket));
  if (first !== null && count === 0) return first;
  return decoded({ count, malformed, failure: first?.failure ?? null });
}

/** Null: it is one. */
async function readMessage(walk: BodyWalk, path: string, receivedAtMs: number): Promise<Broken | null> {
  const { cursor, bytes } = walk;
  cursor.peek();
  const from = cursor.at;
  const isObject = bytes[from] === openBrace;
  await walk.skip();
  if (!isObject) return broken('type', path, 'an object');
  const fields =
    cursor.at - from <= smallBytes
      ? decoded({ root: JSON.parse(bytes.toString('utf8', from, cursor.at)) as unknown })
      : await readFields(new BodyWalk(bytes, walk.rests, from, cursor.at), path);
  if (!fields.ok) return fields;
  const message = decodeMessage(fields.value.root, path, receivedAtMs, noRawId);
  return message.ok ? null : message;
}
