import { retryAfterMs } from './retry-after';

const now = Date.UTC(2026, 0, 1);
const read = (value: string) => retryAfterMs({ 'retry-after': value }, now);

describe('retryAfterMs', () => {
  it('reads seconds', () => {
    expect(read(' 120 ')).toBe(120_000);
  });

  it('reads an HTTP date, by the clock of the answer where it names one', () => {
    expect(read('Thu, 01 Jan 2026 00:00:30 GMT')).toBe(30_000);
    const headers = {
      'retry-after': 'Fri, 02 Jan 2026 08:00:30 GMT',
      date: 'Fri, 02 Jan 2026 08:00:00 GMT',
    };
    expect(retryAfterMs(headers, now)).toBe(30_000);
    expect(retryAfterMs({ ...headers, date: 'yesterday' }, now)).toBe(86_400_000);
  });

  it('keeps no more than a day', () => {
    expect(read('99999999999999999999')).toBe(86_400_000);
  });

  it('is null when there is none or it says nothing', () => {
    expect(retryAfterMs({}, now)).toBeNull();
    for (const value of [
      '',
      'soon',
      '-5',
      '1.5',
      'NaN',
      '0x10',
      '1e9',
      '5, 10',
      'Mon',
      '2027-01-01T00:00:00Z',
    ])
      expect(read(value)).toBeNull();
  });

  it('is null when it asks for no wait', () => {
    for (const value of ['0', '00', 'Thu, 01 Jan 1970 00:00:00 GMT', 'Thu, 99 Foo 2026 99:99:99 GMT'])
      expect(read(value)).toBeNull();
  });
});
