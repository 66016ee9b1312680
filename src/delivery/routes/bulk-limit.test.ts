import { BulkLimit } from './bulk-limit';

/**
 * A provider that answers after `baseMs`, and no more than `perSecond` of them: what is above that queues. The bulk lane
 * always has more to send than it may.
 */
class BusyProvider {
  nowMs = 0;
  #credit = 0;

  constructor(
    readonly limit: BulkLimit,
    public perSecond: number,
    public baseMs: number,
  ) {}

  tookMs(): number {
    return Math.max(this.baseMs, (this.limit.value / this.perSecond) * 1000);
  }

  run(forMs: number): void {
    for (const until = this.nowMs + forMs; this.nowMs < until; this.nowMs += 1) {
      const tookMs = this.tookMs();
      this.#credit += this.limit.value / tookMs;
      for (; this.#credit >= 1; this.#credit -= 1) {
        this.limit.press();
        this.limit.answered('bulk', tookMs, this.nowMs);
      }
    }
  }
}

function direct(limit: BulkLimit, tookMs: number, fromMs: number): void {
  for (let nowMs = fromMs; nowMs < fromMs + 500; nowMs += 10) limit.answered('direct', tookMs, nowMs);
}

describe('BulkLimit', () => {
  it('opens all its slots within seconds to a provider that answers as fast however many there are', () => {
    const limit = new BulkLimit(1800);
    const provider = new BusyProvider(limit, 1_000_000, 50);
    provider.run(4_000);
    expect(limit.value).toBe(1800);
  });

  it('keeps a provider busy without making a queue before it', () => {
    const limit = new BulkLimit(1800);
    direct(limit, 5, 0);
    const provider = new BusyProvider(limit, 20_000, 5);
    provider.nowMs = 500;
    provider.run(5_000);
    expect(limit.value).toBeGreaterThanOrEqual(100);
    expect(provider.tookMs()).toBeLessThanOrEqual(16);
  });

  it('finds out by itself how long an answer takes without a queue', () => {
    const limit = new BulkLimit(1800);
    const provider = new BusyProvider(limit, 4_000, 2);
    let worst = 0;
    for (let time = 0; time < 300; time += 1) {
      provider.run(100);
      if (time > 20) worst = Math.max(worst, provider.tookMs());
    }
    expect(worst).toBeLessThanOrEqual(40);
  });

  it('follows a provider that becomes slower, and one that becomes faster again', () => {
    const limit = new BulkLimit(1800);
    const provider = new BusyProvider(limit, 1_000_000, 20);
    provider.run(3_000);
    provider.perSecond = 2_000;
    provider.run(3_000);
    expect(limit.value).toBeLessThan(150);
    provider.perSecond = 1_000_000;
    provider.run(15_000);
    expect(limit.value).toBeGreaterThan(900);
  });

  it('gets used to a provider that takes longer for every answer', () => {
    const limit = new BulkLimit(1800);
    const provider = new BusyProvider(limit, 1_000_000, 10);
    provider.run(3_000);
    provider.baseMs = 200;
    provider.run(30_000);
    expect(limit.value).toBeGreaterThan(900);
  });

  it('does not grow for those who do not need it', () => {
    const limit = new BulkLimit(1800);
    const before = limit.value;
    for (let nowMs = 0; nowMs < 5_000; nowMs += 10) limit.answered('bulk', 20, nowMs);
    expect(limit.value).toBeLessThanOrEqual(before);
  });

  it('never goes below what keeps groups moving, nor above what there is', () => {
    const limit = new BulkLimit(1800);
    direct(limit, 1, 0);
    const slow = new BusyProvider(limit, 10, 1);
    slow.nowMs = 500;
    slow.run(60_000);
    expect(limit.value).toBeGreaterThanOrEqual(8);
    expect(new BulkLimit(5).value).toBe(5);
  });
});
