import { isUnicode } from './uid';

/**
 * Reads the fields of one JSON object. An absent or null field is its default, an unknown one is nobody's business. A
 * field of the wrong type, size or range reads as its default too, and is named in `odd`: no message is worth less
 * because one of its fields is.
 */
export class FieldReader {
  /** Names of the fields that were not what they must be; null: none, as in nearly every message. */
  odd: string[] | null = null;
  readonly #object: Readonly<Record<string, unknown>>;

  constructor(object: Readonly<Record<string, unknown>>) {
    this.#object = object;
  }

  /** `maxBytes` of UTF-8. */
  text(key: string, maxBytes: number): string {
    const value = this.#object[key];
    if (value === undefined || value === null || value === '') return '';
    if (typeof value === 'string' && isAtMost(value, maxBytes) && isUnicode(value)) return value;
    return this.leaveOut(key, '');
  }

  /** An integer from 0 to `max`; 0 when absent. */
  integer(key: string, max: number): number {
    const value = this.#object[key];
    if (value === undefined || value === null) return 0;
    if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= max) return value;
    return this.leaveOut(key, 0);
  }

  /** WuKongIM writes 0 and 1; a boolean means the same. */
  flag(key: string): boolean {
    const value = this.#object[key];
    if (value === true || value === 1) return true;
    if (value === undefined || value === null || value === false || value === 0) return false;
    return this.leaveOut(key, false);
  }

  leaveOut<T>(key: string, fallback: T): T {
    (this.odd ??= []).push(key);
    return fallback;
  }
}

function isAtMost(text: string, maxBytes: number): boolean {
  // No UTF-16 unit takes more than three bytes, so most strings need no count.
  return text.length * 3 <= maxBytes || (text.length <= maxBytes && Buffer.byteLength(text) <= maxBytes);
}
