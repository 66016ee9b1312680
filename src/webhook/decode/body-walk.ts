import { Slice } from '../../runtime/slice';
import { JsonBreak, JsonCursor } from '../../shared/json-cursor';
import { broken } from './decode-failure';
import type { Decoded } from './decode-failure';

/** Bytes until the clock is looked at: about half a millisecond. */
const stepBytes = 128 * 1024;

/** A walk over the bytes of a large body, in slices. */
export class BodyWalk {
  readonly cursor: JsonCursor;
  #lookAt: number;
  readonly #slice = new Slice();

  constructor(
    readonly bytes: Buffer,
    from = 0,
    end = bytes.length,
  ) {
    this.cursor = new JsonCursor(bytes, from, end);
    this.#lookAt = from + stepBytes;
  }

  /** The slice may be over. Asked for each member, because most need no promise. */
  get isDue(): boolean {
    return this.cursor.at >= this.#lookAt;
  }

  async rest(): Promise<void> {
    if (this.#slice.isOver) await this.#slice.rest();
    this.#lookAt = this.cursor.at + stepBytes;
  }

  /** Steps over the value that comes next, whatever it is. Null: it is done, and nothing has to be waited for. */
  skip(): Promise<void> | null {
    this.cursor.begin();
    const isDone = this.cursor.advance(stepBytes);
    return isDone && !this.isDue ? null : this.#skipOn(isDone);
  }

  async #skipOn(isDone: boolean): Promise<void> {
    await this.rest();
    for (let isOver = isDone; !isOver; await this.rest()) isOver = this.cursor.advance(stepBytes);
  }
}

/** What `walk` resolves with; where the JSON breaks on the way, that. */
export async function walking<T>(walk: () => Promise<Decoded<T>>): Promise<Decoded<T>> {
  try {
    return await walk();
  } catch (error) {
    if (error instanceof JsonBreak) return broken('json', '$', `JSON, which breaks at byte ${error.at}`);
    throw error;
  }
}
