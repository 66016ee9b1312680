import { fieldText } from './field-text';

/** When a vendor learnt what it reports: seconds or milliseconds since the epoch, as a number or a text. Null: it says no time. */
export function receiptTimeMs(value: unknown, nowMs: number): number | null {
  const digits = fieldText(value);
  if (!/^\d{10,13}$/.test(digits)) return null;
  const atMs = digits.length === 10 ? Number(digits) * 1000 : Number(digits);
  return Math.min(atMs, nowMs);
}

/** Device tokens with commas and blanks between. */
export function tokensIn(list: unknown): string[] {
  return typeof list === 'string' ? list.split(/[\s,]+/).filter((token) => token !== '') : [];
}
