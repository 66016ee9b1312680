import { z } from 'zod';
import { asText, Fault, leaf } from './leaf';

/** The unit of a key's number, which `check-config` prints behind it. */
export type Unit = 'bytes' | 'seconds' | 'milliseconds';
export const units = z.registry<{ readonly unit: Unit }>();

export interface Range {
  readonly min?: number;
  readonly max?: number;
}

function inRange(value: number, { min = 0, max = Number.MAX_SAFE_INTEGER }: Range, expected: string) {
  return Number.isFinite(value) && value >= min && value <= max ? value : new Fault(expected);
}

function rangeText({ min = 0, max }: Range): string {
  return max === undefined ? `of at least ${String(min)}` : `from ${String(min)} to ${String(max)}`;
}

export function integer(range: Range = {}) {
  const expected = `a whole number ${rangeText(range)}`;
  return leaf((value) =>
    /^\d{1,16}$/.test(asText(value) ?? '')
      ? inRange(Number(asText(value)), range, expected)
      : new Fault(expected),
  );
}

export function percent() {
  const expected = 'a number from 0 to 100';
  return leaf((value) => {
    const [, number] = /^(\d+(?:\.\d+)?)\s*%?$/.exec(asText(value) ?? '') ?? [];
    return number === undefined ? new Fault(expected) : inRange(Number(number), { max: 100 }, expected);
  });
}

/** A part of a whole. */
export function share() {
  const expected = 'a number from 0 to 1';
  return leaf((value) =>
    /^\d+(?:\.\d+)?$/.test(asText(value) ?? '')
      ? inRange(Number(asText(value)), { max: 1 }, expected)
      : new Fault(expected),
  );
}

const byteUnits: Readonly<Record<string, number>> = {
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

const durationUnitsMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** A number with a unit behind it; null when it is none. Whole thousandths, so that 0.1 s is 100 ms. */
function readQuantity(
  value: unknown,
  factors: Readonly<Record<string, number>>,
  plain: number,
): number | null {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(asText(value) ?? '') ?? [];
  if (number === undefined) return null;
  const key = unit.toLowerCase();
  const factor = unit === '' ? plain : Object.hasOwn(factors, key) ? factors[key] : undefined;
  return factor === undefined ? null : Number(number) * factor;
}

/** Bytes: a number, or a text like `32MiB`. */
export function bytes(range: Range = {}) {
  const expected = `bytes ${rangeText(range)}: a whole number, or a text like 32MiB`;
  const schema = leaf((value) => {
    const size = readQuantity(value, byteUnits, 1);
    return size === null ? new Fault(expected) : inRange(Math.round(size), range, expected);
  });
  units.add(schema, { unit: 'bytes' });
  return schema;
}

function duration(unit: 'seconds' | 'milliseconds', range: Range) {
  const unitMs = unit === 'seconds' ? 1000 : 1;
  const expected = `${unit} ${rangeText(range)}: a number, or a text like 250ms, 30s, 15m, 6h, 7d`;
  const schema = leaf((value) => {
    const ms = readQuantity(value, durationUnitsMs, unitMs);
    return ms === null ? new Fault(expected) : inRange(ms / unitMs, range, expected);
  });
  units.add(schema, { unit });
  return schema;
}

/** The longest delay of a Node timer; every duration stays below it, but for those that no timer waits for. */
const maxTimerMs = 2 ** 31 - 1;
const maxYearsSeconds = 10 * 365 * 86_400;

/** A number of seconds, or a text like `15m`; the value is in seconds. */
export function seconds(range: Range = {}) {
  return duration('seconds', { max: Math.floor(maxTimerMs / 1000), ...range });
}

/** As {@link seconds}, for lifetimes of stored things: up to ten years. */
export function lifetimeSeconds(range: Range = {}) {
  return duration('seconds', { max: maxYearsSeconds, ...range });
}

/** A number of milliseconds, or a text like `250ms`; the value is in milliseconds. */
export function milliseconds(range: Range = {}) {
  return duration('milliseconds', { max: maxTimerMs, ...range });
}

const shown: Readonly<Record<Unit, readonly (readonly [string, number])[]>> = {
  bytes: [
    ['GiB', 1024 ** 3],
    ['MiB', 1024 ** 2],
    ['KiB', 1024],
  ],
  seconds: [
    ['d', 86_400],
    ['h', 3600],
    ['m', 60],
    ['s', 1],
  ],
  milliseconds: [
    ['m', 60_000],
    ['s', 1000],
    ['ms', 1],
  ],
};

/** The number as an operator would write it: `32MiB`, `270d`. The text reads back as the same number. */
export function quantityText(value: number, unit: Unit): string | number {
  const fitting = shown[unit].find(([, factor]) => value > 0 && value % factor === 0);
  return fitting === undefined ? value : `${String(value / fitting[1])}${fitting[0]}`;
}
