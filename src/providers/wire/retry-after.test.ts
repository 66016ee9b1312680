import { retryAfterMs } from './retry-after';

const now = Date.UTC(2026, 0, 1);
const read = (value: string) => retryAfterMs({ 'retry-after': value }, now);

describe('retryAfterMs', () => {
  it('reads seconds', () => {
    expect(read('0')).toBe(0);
    expect(read(' 120 ')).toBe(120_000);
  });

  it('reads an HTTP date, never before now', () => {
    expect(read('Thu, 01 Jan 2026 00:00:30 GMT')).toBe(30_000);
    expect(read('Thu, 01 Jan 1970 00:00:00 GMT')).toBe(0);
  });

  it('keeps no more than a day', () => {
    expect(read('99999999999999999999')).toBe(86_400_000);
  });

  it('is null when there is none or it says nothing', () => {
    expect(retryAfterMs({}, now)).toBeNull();
    for (const value of ['', 'soon', '-5', '1.5', 'NaN', '0x10']) expect(read(value)).toBeNull();
  });
});
