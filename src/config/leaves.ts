import { isIP } from 'node:net';
import { z } from 'zod';
import { normalizeCidr } from './cidr';
import type { CredentialResult } from './credential-result';
import { Secret } from './secret';

/**
 * The kinds of values that a key can hold. Each accepts what YAML yields and the text that an environment variable
 * holds. The message of an issue says what was expected, so that a problem reads `key: expected …`.
 */

const INVALID = Symbol('invalid');

function leaf<T>(expected: string, read: (value: unknown) => T | typeof INVALID) {
  return z.unknown().transform((value, context): T => {
    const result = read(value);
    if (result !== INVALID) return result;
    context.addIssue({ code: 'custom', message: expected });
    return z.NEVER;
  });
}

export interface Range {
  readonly min?: number;
  readonly max?: number;
}

function inRange(value: number, { min = 0, max = Number.MAX_SAFE_INTEGER }: Range): number | typeof INVALID {
  return Number.isFinite(value) && value >= min && value <= max ? value : INVALID;
}

function rangeText({ min = 0, max }: Range): string {
  return max === undefined ? `of at least ${String(min)}` : `from ${String(min)} to ${String(max)}`;
}

export function integer(range: Range = {}) {
  return leaf(`a whole number ${rangeText(range)}`, (value) => {
    const number = typeof value === 'string' && /^\s*\d+\s*$/.test(value) ? Number(value) : value;
    return typeof number === 'number' && Number.isInteger(number) ? inRange(number, range) : INVALID;
  });
}

export function percent() {
  return leaf('a number from 0 to 100', (value) => {
    const number =
      typeof value === 'string' && /^\s*\d+(\.\d+)?\s*%?\s*$/.test(value) ? Number.parseFloat(value) : value;
    return typeof number === 'number' ? inRange(number, { min: 0, max: 100 }) : INVALID;
  });
}

const BYTE_UNITS: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  k: 1024,
  m: 1024 ** 2,
  g: 1024 ** 3,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
};

/** Bytes: a number, or a text like `32MiB`. */
export function bytes(range: Range = {}) {
  return leaf(`bytes ${rangeText(range)}: a whole number, or a text like 32MiB`, (value) => {
    if (typeof value === 'number') return Number.isInteger(value) ? inRange(value, range) : INVALID;
    const [, number, unit] =
      typeof value === 'string' ? (/^\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/i.exec(value) ?? []) : [];
    const factor = unit === undefined ? undefined : BYTE_UNITS[unit.toLowerCase()];
    return factor === undefined ? INVALID : inRange(Math.round(Number(number) * factor), range);
  });
}

const DURATION_UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

function duration(unit: 'ms' | 's', range: Range) {
  const unitName = unit === 'ms' ? 'milliseconds' : 'seconds';
  const unitMs = unit === 'ms' ? 1 : 1000;
  return leaf(
    `${unitName} ${rangeText(range)}: a number, or a text like 250ms, 30s, 15m, 6h, 7d`,
    (value) => {
      if (typeof value === 'number') return inRange(value, range);
      const [, number, suffix = ''] =
        typeof value === 'string' ? (/^\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/i.exec(value) ?? []) : [];
      if (number === undefined) return INVALID;
      if (suffix === '') return inRange(Number(number), range);
      const factor = DURATION_UNITS_MS[suffix.toLowerCase()];
      return factor === undefined ? INVALID : inRange((Number(number) * factor) / unitMs, range);
    },
  );
}

/** The longest delay of a Node timer; every duration stays below it, but for those that no timer waits for. */
const MAX_TIMER_MS = 2 ** 31 - 1;
const MAX_YEARS_SECONDS = 10 * 365 * 86_400;

/** A number of seconds, or a text like `15m`; the value is in seconds. */
export function seconds(range: Range = {}) {
  return duration('s', { max: Math.floor(MAX_TIMER_MS / 1000), ...range });
}

/** As {@link seconds}, for lifetimes of stored things: up to ten years. */
export function lifetimeSeconds(range: Range = {}) {
  return duration('s', { max: MAX_YEARS_SECONDS, ...range });
}

/** A number of milliseconds, or a text like `250ms`; the value is in milliseconds. */
export function milliseconds(range: Range = {}) {
  return duration('ms', { max: MAX_TIMER_MS, ...range });
}

const TRUE = ['true', 'on', 'yes', '1'];
const FALSE = ['false', 'off', 'no', '0'];

function readFlag(value: unknown): boolean | typeof INVALID {
  if (typeof value === 'boolean') return value;
  const text =
    typeof value === 'string' || typeof value === 'number' ? String(value).trim().toLowerCase() : '';
  if (TRUE.includes(text)) return true;
  return FALSE.includes(text) ? false : INVALID;
}

export function flag() {
  return leaf('true or false', readFlag);
}

/** A switch whose value is written `on` or `off`. */
export function onOff() {
  return leaf('on or off', (value): 'on' | 'off' | typeof INVALID => {
    const read = readFlag(value);
    if (read === INVALID) return INVALID;
    return read ? 'on' : 'off';
  });
}

export function choice<const T extends string>(...values: readonly T[]) {
  return leaf(`one of ${values.join(', ')}`, (value): T | typeof INVALID => {
    const text = typeof value === 'string' ? value.trim() : '';
    return (
      values.find((each) => each === text) ?? values.find((each) => each === text.toLowerCase()) ?? INVALID
    );
  });
}

export function text(expected: string, pattern: RegExp) {
  return leaf(expected, (value) => {
    const trimmed = typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
    return pattern.test(trimmed) ? trimmed : INVALID;
  });
}

/** A text of its own rules: `read` resolves with the value, or null when it is none. */
export function checkedText<T>(expected: string, read: (value: string) => T | null) {
  return leaf(expected, (value): T | typeof INVALID => {
    const trimmed = typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
    return trimmed === '' ? INVALID : (read(trimmed) ?? INVALID);
  });
}

/** A credential; its reader says what was expected, and never shows the content. */
export function credential<T>(read: (value: string) => CredentialResult<T>) {
  return z.unknown().transform((value, context): T => {
    const result = typeof value === 'string' ? read(value) : ({ ok: false, expected: 'a text' } as const);
    if (result.ok) return result.value;
    context.addIssue({ code: 'custom', message: result.expected });
    return z.NEVER;
  });
}

/** As {@link credential}, of JSON; YAML may hold it as a mapping. */
export function jsonCredential<T>(read: (json: string) => CredentialResult<T>) {
  return z.preprocess(
    (value) => (typeof value === 'object' && value !== null ? JSON.stringify(value) : value),
    credential(read),
  );
}

/** An array, or a text that separates its items by commas or line ends. */
export function list<T>(item: z.ZodType<T>, { min = 0 }: { readonly min?: number } = {}) {
  return z.preprocess(
    (value) => (typeof value === 'string' || typeof value === 'number' ? splitList(String(value)) : value),
    z
      .array(item, { error: 'a list, or a text with commas between the items' })
      .min(min, { error: `at least ${String(min)}` }),
  );
}

export function splitList(value: string): string[] {
  return value
    .split(/[,\n\r]/)
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

export function secretText(expected: string, pattern: RegExp) {
  return text(expected, pattern).transform((value) => new Secret(value));
}

export function host() {
  const label =
    /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*$/i;
  return checkedText('an IP address or a host name, without port or scheme', (value) => {
    const bare = value.replace(/^\[(.*)\]$/, '$1');
    if (isIP(bare) !== 0) return bare;
    // Digits and dots that are no IP address are a mistyped one, never a name.
    return label.test(bare) && !/^[\d.]+$/.test(bare) ? bare : null;
  });
}

export function cidr() {
  return checkedText('an IP address or a CIDR like 10.0.0.0/8', normalizeCidr);
}

function parseUrl(value: string): URL | null {
  return URL.canParse(value) ? new URL(value) : null;
}

/** `https://host[:port][/path]`, without a trailing slash. */
export function httpsUrl() {
  return checkedText('a URL https://host[:port][/path], without query and credentials', (value) => {
    const url = parseUrl(value);
    if (
      url?.protocol !== 'https:' ||
      url.search !== '' ||
      url.hash !== '' ||
      url.username !== '' ||
      url.password !== ''
    )
      return null;
    return url.href.replace(/\/+$/, '');
  });
}

export function httpUrl() {
  return checkedText('a URL http(s)://host[:port][/path], without query and credentials', (value) => {
    const url = parseUrl(value);
    if (
      url === null ||
      !/^https?:$/.test(url.protocol) ||
      url.search !== '' ||
      url.hash !== '' ||
      url.username !== ''
    )
      return null;
    return url.href.replace(/\/+$/, '');
  });
}
