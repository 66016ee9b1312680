import type { Page } from '../ports/dead-letters';

interface Found {
  readonly messageId: string;
  readonly receivedAtMs: number;
}

/**
 * The page of a uid's messages that begins at a cursor, newest first, gathered from rows in any order. A message that was received more
 * than once is where it was received last.
 */
export class NewestMessages {
  /** In their order; one more than the page holds, to know whether there are more. */
  #found: Found[] = [];
  readonly #limit: number;
  readonly #before: Found | null;

  constructor(limit: number, cursor: string | null) {
    this.#limit = limit;
    this.#before = cursor === null ? null : read(cursor);
  }

  /** Where it begins, ms since the epoch. */
  get beforeMs(): number {
    return this.#before?.receivedAtMs ?? Number.MAX_SAFE_INTEGER;
  }

  add(messageId: string, receivedAtMs: number): void {
    const found = { messageId, receivedAtMs };
    if (this.#before !== null && compare(this.#before, found) >= 0) return;
    const known = this.#found.findIndex((one) => one.messageId === messageId);
    if ((this.#found[known]?.receivedAtMs ?? -Infinity) >= receivedAtMs) return;
    if (known !== -1) this.#found.splice(known, 1);
    const at = this.#found.findIndex((one) => compare(found, one) <= 0);
    if (at === -1) {
      if (this.#found.length <= this.#limit) this.#found.push(found);
      return;
    }
    this.#found.splice(at, 0, found);
    if (this.#found.length > this.#limit + 1) this.#found.pop();
  }

  /** Nothing that was received by then belongs to the page any more. */
  isFullAfter(receivedByMs: number): boolean {
    const beyond = this.#found[this.#limit];
    return beyond !== undefined && beyond.receivedAtMs > receivedByMs;
  }

  /** `completeFromMs`: what was received earlier has not been looked for. */
  page(completeFromMs = Number.NEGATIVE_INFINITY): Page<string> {
    const known = this.#found.filter(({ receivedAtMs }) => receivedAtMs >= completeFromMs);
    const shown = known.slice(0, this.#limit);
    const last = shown[shown.length - 1];
    const items = shown.map(({ messageId }) => messageId);
    if (known.length > this.#limit && last !== undefined) return { items, nextCursor: write(last) };
    if (completeFromMs === Number.NEGATIVE_INFINITY) return { items, nextCursor: null };
    return { items, nextCursor: write({ messageId: '', receivedAtMs: completeFromMs }) };
  }
}

/** Whether a page that begins at the cursor may hold it: pages before hold what is not. */
export function isAfter(cursor: string | null, found: Found): boolean {
  return cursor === null || compare(read(cursor), found) < 0;
}

/** Below 0: `one` comes first. */
function compare(one: Found, other: Found): number {
  if (one.receivedAtMs !== other.receivedAtMs) return other.receivedAtMs - one.receivedAtMs;
  if (one.messageId === other.messageId) return 0;
  return one.messageId > other.messageId ? -1 : 1;
}

function write({ messageId, receivedAtMs }: Found): string {
  return `${receivedAtMs} ${messageId}`;
}

function read(cursor: string): Found {
  const space = cursor.indexOf(' ');
  return { receivedAtMs: Number(cursor.slice(0, space)), messageId: cursor.slice(space + 1) };
}
