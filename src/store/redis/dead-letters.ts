import type { DeadLetter } from '../../domain/dead-letter';
import type { Deadlines } from '../../shared/deadlines';
import type { DeadLetterBounds, DeadLetters, Page } from '../ports/dead-letters';
import {
  addLettersScript,
  listLettersScript,
  removeLettersScript,
  removeOldLettersScript,
  replaceHeadScript,
} from './dead-letter-scripts';
import type { DurableWrites } from './commands/durable-writes';
import type { Keys } from './commands/keys';
import type { Argument, DeadlineClient } from './server/deadline-client';
import type { Script } from './commands/script';

type Head = Omit<DeadLetter, 'body'>;

export interface DeadLettersParts {
  readonly redis: DeadlineClient;
  readonly writes: DurableWrites;
  readonly keys: Keys;
  /** Their age is judged by the time that nobody doubts: a clock that is ahead must remove none. */
  readonly believed: Pick<Deadlines, 'nowMs'>;
  readonly bounds: DeadLetterBounds;
}

const lettersATrip = 100;
const bytesATrip = 1_048_576;

/** All under one hash tag: they are few, and bounded. */
export class RedisDeadLetters implements DeadLetters {
  readonly #parts: DeadLettersParts;

  constructor(parts: DeadLettersParts) {
    this.#parts = parts;
  }

  async add(letters: readonly DeadLetter[]): Promise<void> {
    const { writes, keys, bounds } = this.#parts;
    for (const trip of trips(letters)) {
      const args = trip.flatMap((letter): Argument[] => {
        const { body, ...head } = letter;
        return [letter.id, JSON.stringify(head), body, String(letter.atMs), JSON.stringify(uidsOf(head))];
      });
      const limits = [bounds.maxCount, bounds.maxBytes, this.#tooOldAtMs()].map(String);
      await writes.run(addLettersScript, keys.deadLetters(), [...limits, ...args]);
    }
  }

  async list(limit: number, cursor: string | null): Promise<Page<DeadLetter>> {
    const before = cursor === null ? '+' : `(${Buffer.from(cursor, 'base64url').toString()}`;
    const reply = await this.#run(listLettersScript, [before, String(limit + 1), String(this.#tooOldAtMs())]);
    const found = lettersOf(reply as Buffer[]);
    const items = found.slice(0, limit);
    const last = items[items.length - 1];
    const nextCursor =
      found.length > limit && last !== undefined ? Buffer.from(last.id).toString('base64url') : null;
    return { items, nextCursor };
  }

  async get(id: string): Promise<DeadLetter | null> {
    const key = `${this.#parts.keys.deadLetters()}l:${id}`;
    const [head, body] = (await this.#parts.redis.call('HMGET', [key, 'head', 'body'])) as (Buffer | null)[];
    if (!head || !body) return null;
    const [letter = null] = lettersOf([head, body]);
    return letter === null || letter.atMs <= this.#tooOldAtMs() ? null : letter;
  }

  async remove(ids: readonly string[]): Promise<number> {
    let removed = 0;
    for (let from = 0; from < ids.length; from += lettersATrip) {
      const some = [...new Set(ids.slice(from, from + lettersATrip))];
      removed += (await this.#run(removeLettersScript, some)) as number;
    }
    return removed;
  }

  async removeBefore(beforeMs: number): Promise<number> {
    let removed = 0;
    for (;;) {
      const args = [String(beforeMs), String(lettersATrip)];
      const some = (await this.#run(removeOldLettersScript, args)) as number;
      removed += some;
      if (some < lettersATrip) return removed;
    }
  }

  async eraseUser(uid: string): Promise<void> {
    const key = `${this.#parts.keys.deadLetters()}u:${uid}`;
    for (;;) {
      const ids = (await this.#parts.redis.call('SMEMBERS', [key], 'utf8')) as string[];
      if (ids.length === 0) return;
      for (const id of ids) await this.#eraseFrom(id, uid, key);
    }
  }

  async count(): Promise<number> {
    await this.removeBefore(this.#tooOldAtMs() + 1);
    return (await this.#parts.redis.call('ZCARD', [`${this.#parts.keys.deadLetters()}ids`])) as number;
  }

  async #eraseFrom(id: string, uid: string, uidKey: string): Promise<void> {
    const key = `${this.#parts.keys.deadLetters()}l:${id}`;
    const text = (await this.#parts.redis.call('HGET', [key, 'head'], 'utf8')) as string | null;
    if (text === null) {
      await this.#parts.redis.call('SREM', [uidKey, id]);
      return;
    }
    const head = JSON.parse(text) as Head;
    const recipients = head.recipients.filter((recipient) => recipient.uid !== uid);
    if (recipients.length === 0) {
      await this.#run(removeLettersScript, [id]);
      return;
    }
    const shorter = { ...head, recipients };
    const args = [id, text, JSON.stringify(shorter), JSON.stringify(uidsOf(shorter))];
    await this.#run(replaceHeadScript, args);
  }

  #tooOldAtMs(): number {
    return Math.max(0, this.#parts.believed.nowMs() - this.#parts.bounds.maxAgeMs);
  }

  #run(script: Script, args: readonly Argument[]): Promise<unknown> {
    return this.#parts.redis.run(script, this.#parts.keys.deadLetters(), args);
  }
}

function uidsOf(head: Head): string[] {
  return [...new Set(head.recipients.map(({ uid }) => uid))];
}

function lettersOf(pairs: readonly Buffer[]): DeadLetter[] {
  const letters: DeadLetter[] = [];
  for (let at = 0; at + 1 < pairs.length; at += 2) {
    const [head, body] = [pairs[at], pairs[at + 1]];
    if (head !== undefined && body !== undefined)
      letters.push({ ...(JSON.parse(head.toString()) as Head), body });
  }
  return letters;
}

/** As many as one script should carry. */
function trips(letters: readonly DeadLetter[]): DeadLetter[][] {
  const result: DeadLetter[][] = [];
  let trip: DeadLetter[] = [];
  let bytes = 0;
  for (const letter of letters) {
    if (trip.length > 0 && (trip.length >= lettersATrip || bytes + letter.body.length > bytesATrip)) {
      result.push(trip);
      [trip, bytes] = [[], 0];
    }
    trip.push(letter);
    bytes += letter.body.length;
  }
  if (trip.length > 0) result.push(trip);
  return result;
}
