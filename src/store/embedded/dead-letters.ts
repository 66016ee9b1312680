import type { DeadLetter } from '../../domain/dead-letter';
import type { Deadlines } from '../../shared/deadlines';
import { decodeHead, encodeWithTail, tailOf } from '../head-and-tail';
import type { DeadLetterBounds, DeadLetters, Page } from '../ports/dead-letters';
import { asPromise } from './disk/as-promise';
import type { Batch } from './disk/batch';
import type { Counters } from './disk/counters';
import type { Environment, Table } from './disk/environment';
import { compositeKey, textKey } from './disk/keys';
import { eraseUnder } from './disk/prefix-scan';
import type { Writer } from './disk/writer';

const countCounter = 'dead-letters';
const bytesCounter = 'dead-letter-bytes';
const atOnce = 100;
/** Ids are raw bytes here, not length-prefixed: they sort by time as they are. */
const longestId = 400;

type Head = Omit<DeadLetter, 'body'>;

export interface DeadLettersParts {
  readonly environment: Environment;
  readonly writer: Writer;
  readonly counters: Counters;
  /** Their age is judged by the time that nobody doubts: a clock that is ahead must remove none. */
  readonly believed: Pick<Deadlines, 'nowMs'>;
  readonly bounds: DeadLetterBounds;
}

/** Rows by id, which sorts by time; and an index (uid, id), so that a user can be erased without reading every letter. */
export class EmbeddedDeadLetters implements DeadLetters {
  readonly #letters: Table;
  readonly #users: Table;
  readonly #parts: DeadLettersParts;

  constructor(parts: DeadLettersParts) {
    this.#parts = parts;

    this.#letters = parts.environment.table('dead-letters');
    this.#users = parts.environment.table('dead-letter-users');
  }

  async add(letters: readonly DeadLetter[]): Promise<void> {
    if (letters.length === 0) return;
    await this.#parts.writer.run((batch) => {
      for (const letter of letters) {
        this.#removeOne(batch, letter.id);
        this.#put(batch, letter);
        batch.apply();
      }
      this.#removeBeyondBounds(batch, letters.length + atOnce);
    });
  }

  list(limit: number, cursor: string | null): Promise<Page<DeadLetter>> {
    return asPromise(() => {
      const items: DeadLetter[] = [];
      let nextCursor: string | null = null;
      const start = cursor === null ? {} : { start: Buffer.from(cursor, 'base64url'), exclusiveStart: true };
      for (const { value } of this.#letters.getRange({ ...start, reverse: true })) {
        const letter = decode(value);
        if (this.#isTooOld(letter.atMs)) break;
        if (items.length >= limit) {
          const last = items[items.length - 1];
          nextCursor = last === undefined ? null : idKey(last.id).toString('base64url');
          break;
        }
        items.push(letter);
      }
      return { items, nextCursor };
    });
  }

  get(id: string): Promise<DeadLetter | null> {
    return asPromise(() => {
      const bytes = this.#letters.get(idKey(id));
      if (bytes === undefined) return null;
      const letter = decode(bytes);
      return this.#isTooOld(letter.atMs) ? null : letter;
    });
  }

  async remove(ids: readonly string[]): Promise<number> {
    let removed = 0;
    for (let from = 0; from < ids.length; from += atOnce) {
      const some = [...new Set(ids.slice(from, from + atOnce))];
      removed += await this.#parts.writer.run(
        (batch) => some.filter((id) => this.#removeOne(batch, id)).length,
      );
    }
    return removed;
  }

  async removeBefore(beforeMs: number): Promise<number> {
    let removed = 0;
    for (;;) {
      const some = await this.#parts.writer.run((batch) =>
        this.#removeOldest(batch, atOnce, (atMs) => atMs < beforeMs),
      );
      removed += some;
      if (some < atOnce) return removed;
    }
  }

  eraseUser(uid: string): Promise<void> {
    return eraseUnder(this.#parts.writer, this.#users, textKey(uid), (batch, { key, value }) => {
      batch.remove(this.#users, key);
      this.#eraseFrom(batch, uid, value);
    });
  }

  async count(): Promise<number> {
    while ((await this.sweep()) >= atOnce);
    return this.#parts.counters.get(countCounter);
  }

  /** Removes some that are too old; resolves with how many. */
  async sweep(): Promise<number> {
    const oldest = this.#oldestAtMs();
    if (oldest === null || !this.#isTooOld(oldest)) return 0;
    return await this.#parts.writer.run((batch) =>
      this.#removeOldest(batch, atOnce, (atMs) => this.#isTooOld(atMs)),
    );
  }

  #oldestAtMs(): number | null {
    for (const { value } of this.#letters.getRange({ limit: 1 })) return decodeHead<Head>(value).atMs;
    return null;
  }

  #isTooOld(atMs: number): boolean {
    return atMs + this.#parts.bounds.maxAgeMs <= this.#parts.believed.nowMs();
  }

  #put(batch: Batch, letter: DeadLetter): void {
    const { body, ...head } = letter;
    const key = idKey(letter.id);
    const bytes = encodeWithTail(head, body);
    batch.put(this.#letters, key, bytes);
    for (const uid of new Set(letter.recipients.map((recipient) => recipient.uid)))
      batch.put(this.#users, userKey(uid, letter.id), key);
    batch.count(countCounter, 1);
    batch.count(bytesCounter, bytes.length);
  }

  #removeOne(batch: Batch, id: string): boolean {
    const key = idKey(id);
    const bytes = this.#letters.get(key);
    if (bytes === undefined) return false;
    batch.remove(this.#letters, key);
    for (const { uid } of decodeHead<Head>(bytes).recipients) batch.remove(this.#users, userKey(uid, id));
    batch.count(countCounter, -1);
    batch.count(bytesCounter, -bytes.length);
    batch.apply();
    return true;
  }

  #removeOldest(batch: Batch, max: number, leaves: (atMs: number) => boolean): number {
    const heads: Head[] = [];
    for (const { value } of this.#letters.getRange({ limit: max })) {
      const head = decodeHead<Head>(value);
      if (!leaves(head.atMs)) break;
      heads.push(head);
    }
    for (const { id } of heads) this.#removeOne(batch, id);
    return heads.length;
  }

  #removeBeyondBounds(batch: Batch, max: number): void {
    const { counters, bounds } = this.#parts;
    const over = (): boolean =>
      counters.get(countCounter) > bounds.maxCount || counters.get(bytesCounter) > bounds.maxBytes;
    for (let removed = 0; removed < max || over(); removed++) {
      if (this.#removeOldest(batch, 1, (atMs) => over() || this.#isTooOld(atMs)) === 0) return;
    }
  }

  #eraseFrom(batch: Batch, uid: string, key: Buffer): void {
    const bytes = this.#letters.get(key);
    if (bytes === undefined) return;
    const letter = decode(bytes);
    const recipients = letter.recipients.filter((recipient) => recipient.uid !== uid);
    if (recipients.length === 0) {
      this.#removeOne(batch, letter.id);
      return;
    }
    const { body, ...head } = { ...letter, recipients };
    const shorter = encodeWithTail(head, body);
    batch.put(this.#letters, key, shorter);
    batch.count(bytesCounter, shorter.length - bytes.length);
  }
}

function decode(bytes: Buffer): DeadLetter {
  return { ...decodeHead<Head>(bytes), body: Buffer.from(tailOf(bytes)) };
}

function idKey(id: string): Buffer {
  return Buffer.from(id === '' ? '\0' : id).subarray(0, longestId);
}

function userKey(uid: string, id: string): Buffer {
  return compositeKey(uid, id);
}
