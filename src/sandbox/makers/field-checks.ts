import type { JsonObject } from '../../shared/json-object';

export type Check = (value: unknown) => boolean;
/** Every field that a maker knows. */
export type Fields = Readonly<Record<string, Check>>;

export const text: Check = (value) => typeof value === 'string' && value !== '';
export const flag: Check = (value) => typeof value === 'boolean';
export const https: Check = matching(/^https:\/\//);

/** Not blank, and at most so many code points. */
export function characters(max: number): Check {
  return (value) => typeof value === 'string' && value.trim() !== '' && [...value].length <= max;
}

export function matching(pattern: RegExp): Check {
  return (value) => typeof value === 'string' && pattern.test(value);
}

export function whole(min: number, max: number): Check {
  return (value) => Number.isInteger(value) && (value as number) >= min && (value as number) <= max;
}

export function oneOf(...values: readonly unknown[]): Check {
  return (value) => values.includes(value);
}

/** The path of the first field that is unknown or wrong; null: none is. */
export function badField(object: JsonObject, fields: Fields, path = ''): string | null {
  const bad = Object.keys(object).find((name) => fields[name]?.(object[name]) !== true);
  if (bad === undefined) return null;
  return path === '' ? bad : `${path}.${bad}`;
}

/** As `badField`, where the maker wants some: a missing one is bad, too. */
export function missingOrBadField(
  object: JsonObject,
  fields: Fields,
  required: readonly string[],
): string | null {
  return required.find((name) => object[name] === undefined) ?? badField(object, fields);
}
