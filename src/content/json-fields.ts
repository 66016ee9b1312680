import { isObject, type JsonObject } from '../shared/json-object';

export function asObject(value: unknown): JsonObject | null {
  return isObject(value) ? value : null;
}

export function asString(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

/** A text, also one that was written as a number: WuKongIM's Android SDK shows both alike. */
export function asText(value: unknown): string | null {
  return typeof value === 'number' ? digitsOf(value) : asString(value);
}

/** Null: it is an integer that was too large to be read whole, so that it would be another one. */
export function digitsOf(value: number): string | null {
  const isWhole = Number.isFinite(value) && Number.isInteger(value) === Number.isSafeInteger(value);
  return isWhole ? String(value) : null;
}

/** An integer, also when it was written as a string: WuKongIM's Android SDK reads both alike. */
export function asInteger(value: unknown): number | null {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : null;
  return typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : null;
}

/** A uid as text. A number is taken as long as it is exact. */
export function asUid(value: unknown): string | null {
  if (typeof value === 'string') return value;
  return Number.isSafeInteger(value) ? String(value) : null;
}

/** A field, or with dots a field of a field; undefined where there is none. */
export function fieldAt(payload: JsonObject, path: string): unknown {
  let value: unknown = payload;
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[name];
  }
  return value;
}

/** Of JSON that is read out of a text. */
const longestText = 64 * 1024;

/** What a text holds that was encoded a second time, as a list or an object; null: it is a text. */
export function encodedTwice(text: string): object | null {
  if (!/^\s*[[{]/.test(text) || text.length > longestText) return null;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' ? value : null;
  } catch {
    return null;
  }
}
