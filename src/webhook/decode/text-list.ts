import { JsonBreak, JsonCursor } from '../../shared/json-cursor';
import type { BodyWalk } from './body-walk';
import { broken, decoded } from './decode-failure';
import type { Broken, Decoded } from './decode-failure';

const quote = 0x22;
const openBracket = 0x5b;
const backslash = 0x5c;
const closeBracket = 0x5d;
/** Of FNV-1a. */
const prime = 0x0100_0193;

/** A list that holds more of what is no string is no list of strings, and nobody reads it to its end. */
export const maxOdd = 1_000;
/**
 * Ten times the largest group that WuKongIM is known to be run with, and more uids of 32 characters than fit into the largest
 * body. Millions of shorter ones would take longer than any sender waits.
 */
const maxElements = 1_000_000;

/**
 * A list of strings that stays in the bytes it came in: a hundred thousand strings at a time would take several times as
 * much. What is in it is JSON, that has been looked at.
 */
export interface TextList {
  readonly bytes: Buffer;
  /** At the first element. */
  readonly from: number;
  /** Behind the last one. */
  readonly to: number;
  /** Strings that are not empty. */
  readonly texts: number;
  /** Elements that are no strings. */
  readonly odd: number;
  readonly size: number;
  /** False: some of the strings may be broken. */
  readonly isUtf8: boolean;
}

export function emptyList(bytes: Buffer): TextList {
  return { bytes, from: 0, to: 0, texts: 0, odd: 0, size: 0, isUtf8: true };
}

/** Steps over a list. Refuses one with more than {@link maxOdd} elements that are no strings, or with too many. */
export async function scanTexts(
  walk: BodyWalk,
  path: string,
  elements = maxElements,
): Promise<Decoded<TextList>> {
  const scan = new Scan(walk, path, elements);
  const failure = await scan.run();
  return failure ?? decoded(scan.list);
}

/** As far as it goes, of a list whose end may be missing; `isWhole` says whether it is. */
export async function scanCutTexts(
  walk: BodyWalk,
  path: string,
): Promise<Decoded<{ readonly list: TextList; readonly isWhole: boolean }>> {
  const scan = new Scan(walk, path, maxElements);
  try {
    const failure = await scan.run();
    if (failure !== null) return failure;
    walk.cursor.finish();
    return decoded({ list: scan.list, isWhole: true });
  } catch (error) {
    if (error instanceof JsonBreak) return scan.failure ?? decoded({ list: scan.list, isWhole: false });
    throw error;
  }
}

class Scan {
  /** Why it is no list of strings, though it may be JSON: it is read to its end for that. */
  failure: Broken | null = null;
  #from = 0;
  #to = 0;
  #texts = 0;
  #odd = 0;
  #size = 0;
  readonly #walk: BodyWalk;
  readonly #path: string;
  readonly #maxElements: number;

  constructor(walk: BodyWalk, path: string, maxElements: number) {
    this.#walk = walk;
    this.#path = path;
    this.#maxElements = maxElements;
  }

  get list(): TextList {
    const { bytes } = this.#walk;
    return {
      bytes,
      from: this.#from,
      to: this.#to,
      texts: this.#texts,
      odd: this.#odd,
      size: this.#size,
      isUtf8: true,
    };
  }

  /** Throws JsonBreak. */
  async run(): Promise<Broken | null> {
    const walk = this.#walk;
    const { cursor } = walk;
    cursor.take(openBracket);
    this.#from = this.#to = cursor.at;
    if (cursor.peek() === closeBracket) {
      cursor.at += 1;
      return null;
    }
    do {
      if (cursor.peek() === quote) {
        const from = cursor.at;
        cursor.string();
        if (cursor.at - from > 2) this.#texts += 1;
      } else {
        this.#odd += 1;
        if (this.#odd > maxOdd) this.failure ??= broken('type', `${this.#path}[${this.#size}]`, 'a string');
        // Of millions of elements, most need no promise.
        const skipping = walk.skip();
        if (skipping !== null) await skipping;
      }
      this.#size += 1;
      if (this.#size > this.#maxElements) this.failure ??= tooLong(this.#path, this.#maxElements);
      this.#to = cursor.at;
      if (walk.isDue) await walk.rest();
    } while (cursor.more(closeBracket));
    return this.failure;
  }
}

function tooLong(path: string, elements: number): Broken {
  return broken('range', path, `an array of at most ${elements} strings`);
}

/** Steps from string to string of a list, over whatever else there is. */
export class TextSpans {
  /** Behind the opening quote of the string it is at. */
  from = 0;
  /** At its closing quote. */
  to = 0;
  /** Of its bytes as they are written. */
  hash = 0;
  isEscaped = false;
  #isAscii = true;
  readonly #cursor: JsonCursor;

  /** Nobody outside who does not know `seed` can choose strings of the same hash. */
  constructor(
    readonly list: TextList,
    readonly seed = 0,
  ) {
    this.#cursor = new JsonCursor(list.bytes, list.from, list.to);
  }

  /** False at the end. */
  next(): boolean {
    const cursor = this.#cursor;
    for (let byte = cursor.peek(); byte !== -1; byte = cursor.peek()) {
      const isText = byte === quote;
      if (isText) this.#read();
      else {
        cursor.begin();
        cursor.advance(Infinity);
      }
      if (cursor.peek() !== -1) cursor.at += 1;
      if (isText) return true;
    }
    return false;
  }

  text(): string {
    const { bytes } = this.list;
    if (this.isEscaped) return JSON.parse(bytes.toString('utf8', this.from - 1, this.to + 1)) as string;
    return bytes.toString(this.#isAscii ? 'latin1' : 'utf8', this.from, this.to);
  }

  /** FNV-1a. */
  #read(): void {
    const { bytes } = this.list;
    let at = this.#cursor.at + 1;
    this.from = at;
    let sum = this.seed;
    let all = 0;
    this.isEscaped = false;
    for (let byte = bytes[at] as number; byte !== quote; byte = bytes[at] as number) {
      all |= byte;
      sum = Math.imul(sum ^ byte, prime);
      if (byte === backslash) {
        this.isEscaped = true;
        at += 1;
      }
      at += 1;
    }
    this.#isAscii = all < 0x80;
    this.hash = mixed(sum);
    this.to = at;
    this.#cursor.at = at + 1;
  }
}

/** The hash of a string that is written without escapes as `bytes`. */
export function hashOf(bytes: Uint8Array, seed: number): number {
  let sum = seed;
  for (const byte of bytes) sum = Math.imul(sum ^ byte, prime);
  return mixed(sum);
}

/** The finish of MurmurHash3. */
function mixed(hash: number): number {
  let sum = hash ^ (hash >>> 16);
  sum = Math.imul(sum, 0x85eb_ca6b);
  sum ^= sum >>> 13;
  sum = Math.imul(sum, 0xc2b2_ae35);
  return sum ^ (sum >>> 16);
}
