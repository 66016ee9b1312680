import { Leases } from './leases';

const key = (byte: number): Buffer => Buffer.from([byte]);

describe('leases', () => {
  const now = { ms: 1_000 };
  const clock = { now: () => now.ms, monotonicMs: () => now.ms };
  let leases = new Leases(100, clock);
  beforeEach(() => {
    now.ms = 1_000;
    leases = new Leases(100, clock);
  });

  it('look from the first row until told that rows are leased', () => {
    expect(leases.resume('r')).toBeNull();
    leases.lease('r', key(5));
    leases.advance('r', key(6));
    expect(leases.resume('r')).toEqual(key(6));
    expect(leases.resume('other')).toBeNull();
  });

  it('look from a row again that came before the others, or that ran out', () => {
    leases.lease('r', key(5));
    leases.advance('r', key(6));
    leases.arrived('r', key(9));
    expect(leases.resume('r')).toEqual(key(6));
    leases.arrived('r', key(2));
    expect(leases.resume('r')).toEqual(key(2));
    leases.advance('r', key(6));
    now.ms += 100;
    expect(leases.resume('r')).toEqual(key(5));
    expect(leases.has('r', key(5))).toBe(false);
  });

  it('do not look again at a row that is gone', () => {
    leases.lease('r', key(5));
    leases.advance('r', key(6));
    leases.end('r', key(5));
    now.ms += 1_000;
    expect(leases.resume('r')).toEqual(key(6));
  });

  it('run out in the order of their renewal', () => {
    leases.lease('r', key(1));
    now.ms += 10;
    leases.lease('r', key(2));
    leases.advance('r', key(3));
    now.ms += 10;
    leases.lease('r', key(1));
    now.ms = 1_110;
    expect(leases.resume('r')).toEqual(key(2));
    expect([leases.has('r', key(1)), leases.has('r', key(2))]).toEqual([true, false]);
  });
});
