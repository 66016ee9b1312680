import type { Rests } from '../../runtime/rests';
import { JsonBreak, JsonCursor } from '../../shared/json-cursor';
import { broken } from './decode-failure';
import type { Decoded } from './decode-failure';

/** Bytes until others get their turn: about half a millisecond. */
const sliceBytes = 128 * 1024;

/** A walk over the bytes of a large body, in slices with a rest after each. */
export class BodyWalk {
  readonly cursor: JsonCursor;
  #restAt: number;

  constructor(
    readonly bytes: Buffer,
    readonly rests: Pick<Rests, 'rest'>,
    from = 0,
    end = bytes.length,
  ) {
    this.cursor = new JsonCursor(bytes, from, end);
    this.#restAt = from + sliceBytes;
  }

  /** The slice is over. Asked for each member, because most need no promise. */
  get isDue(): boolean {
    return this.cursor.at >= this.#restAt;
  }

  async rest(): Promise<void> {
    await this.rests.rest();
    this.#restAt = this.cursor.at + sliceBytes;
  }

  /** Steps over the value that comes next, whatever it is. */
  async skip(): Promise<void> {
    this.cursor.begin();
    while (!this.cursor.advance(sliceBytes)) await this.rest();
    if (this.isDue) await this.rest();
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
