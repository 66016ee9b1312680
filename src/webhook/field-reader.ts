import type { DecodeFailure } from './decode-failure';

/**
 * Reads the fields of one JSON object. An absent or null field is its default, an unknown one is nobody's business, a
 * field of the wrong type or size is the reader's `failure` (the first one stays) and reads as its default.
 */
export class FieldReader {
  failure: DecodeFailure | null = null;

  constructor(
    private readonly object: Readonly<Record<string, unknown>>,
    private readonly path: string,
  ) {}

  fail(reason: DecodeFailure['reason'], key: string, expected: string): void {
    this.failure ??= { reason, path: `${this.path}.${key}`, expected };
  }

  /** `maxBytes` of UTF-8. */
  text(key: string, maxBytes: number): string {
    const value = this.object[key];
    if (value === undefined || value === null) return '';
    if (typeof value !== 'string') {
      this.fail('type', key, 'a string');
      return '';
    }
    // No UTF-16 unit takes more than three bytes, so most strings need no count.
    if (value.length * 3 > maxBytes && Buffer.byteLength(value) > maxBytes)
      this.fail('range', key, `at most ${maxBytes} bytes`);
    return value;
  }

  requiredText(key: string, maxBytes: number): string {
    const value = this.text(key, maxBytes);
    if (value === '') this.fail('missing', key, 'a string that is not empty');
    return value;
  }

  /** An integer from 0 to `max`; `fallback` when absent. */
  integer(key: string, max: number, fallback: number): number {
    const value = this.object[key];
    if (value === undefined || value === null) return fallback;
    if (typeof value !== 'number') this.fail('type', key, 'a number');
    else if (!Number.isInteger(value) || value < 0 || value > max)
      this.fail('range', key, `an integer from 0 to ${max}`);
    else return value;
    return fallback;
  }

  /** WuKongIM writes 0 and 1; a boolean means the same. */
  flag(key: string): boolean {
    const value = this.object[key];
    if (value === true || value === 1) return true;
    if (value !== undefined && value !== null && value !== false && value !== 0)
      this.fail('type', key, '0 or 1');
    return false;
  }
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
