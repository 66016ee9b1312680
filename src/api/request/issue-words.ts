import type { z } from 'zod';
import { didYouMean } from '../../config/did-you-mean';

/** Of the unknown fields of one object, and the longest that is compared with the known ones. */
const mostNamed = 50;
const longestName = 64;

type RawIssue = z.core.$ZodRawIssue;

/**
 * Error texts where a schema has none of its own, all in one language: "is required: a list", "must be …". Never with the
 * caller's value. Several unknown fields are one issue, which gets a line for each of them.
 */
export function issueWords(issue: RawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return required(issue.input, noun(issue.expected));
    case 'invalid_value':
      return required(issue.input, oneOf(issue.values));
    case 'too_small':
      return bound('at least', issue.minimum, issue.origin);
    case 'too_big':
      return bound('at most', issue.maximum, issue.origin);
    case 'unrecognized_keys':
      return issue.keys
        .slice(0, mostNamed)
        .map((key) => unknownField(key, shapeOf(issue.inst) ?? {}))
        .join('\n');
    case 'invalid_union':
      return required(issue.input, 'in one of the forms that /docs shows');
    default:
      return 'must have the form that /docs shows';
  }
}

export const misplaced = 'belongs in ';
export const misspelt = 'unknown field; did you mean ';

function required(input: unknown, expected: string): string {
  return input === undefined ? `is required: ${expected}` : `must be ${expected}`;
}

function noun(expected: string): string {
  return nouns[expected] ?? `of type ${expected}`;
}

const nouns: Readonly<Record<string, string | undefined>> = {
  string: 'a text in quotes',
  number: 'a number',
  int: 'an integer',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  null: 'null',
};

function oneOf(values: readonly unknown[]): string {
  const texts = values.map(String);
  return texts.length === 1 ? (texts[0] ?? '') : `${texts.slice(0, -1).join(', ')} or ${texts.at(-1) ?? ''}`;
}

function bound(word: string, limit: number | bigint, origin: string): string {
  const units: Readonly<Record<string, string | undefined>> = { string: ' characters', array: ' items' };
  return `must be ${word} ${String(limit)}${units[origin] ?? ''}${origin === 'array' ? ' long' : ''}`;
}

type Fields = Readonly<Record<string, unknown>>;

/** A field of that name one level deeper is what flat requests of other gateways mean. */
function unknownField(key: string, fields: Fields): string {
  const names = Object.keys(fields);
  if (key.length > longestName) return 'unknown field';
  for (const name of names) {
    const inner = shapeOf(fields[name]);
    if (inner !== null && Object.hasOwn(inner, key)) return `${misplaced}${name}: {"${name}":{"${key}":…}}`;
  }
  const near = didYouMean(key, names) ?? names.find((name) => isWithin(name, key)) ?? null;
  return near === null ? 'unknown field' : `${misspelt}${near}?`;
}

/** `deviceToken`, `push_token` and `fcmToken` all mean `token`. */
function isWithin(name: string, key: string): boolean {
  return name.length >= 4 && key.toLowerCase().replaceAll(/[-_]/g, '').endsWith(name.replaceAll('_', ''));
}

/** The fields of an object's schema, through what makes it optional; null where it is none. */
function shapeOf(schema: unknown): Fields | null {
  const { _zod: inner } = (schema ?? {}) as { readonly _zod?: { readonly def: Definition } };
  if (inner === undefined) return null;
  const { shape, innerType } = inner.def;
  return shape ?? (innerType === undefined ? null : shapeOf(innerType));
}

interface Definition {
  readonly shape?: Fields;
  readonly innerType?: unknown;
}
