import { RateBudget } from './rate-budget';

function makeBudget(messagesPerMinute: number, rampMs: number, shared = Infinity) {
  const clock = { time: 1_000_000, now: () => clock.time, monotonicMs: () => clock.time };
  let left = shared;
  const sharedState = {
    take: async (_key: string, amount: number) => {
      const granted = Math.min(amount, left);
      left -= granted;
      return granted;
    },
  };
  const budget = new RateBudget(
    { messagesPerMinute, rampMs },
    { clock, sharedState, name: 'project', refilled: () => {} },
  );
  return { budget, clock, refill: (amount: number) => (left = amount) };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('RateBudget', () => {
  it('has one second of the full rate at once, and no more', () => {
    const { budget } = makeBudget(600, 60_000);
    expect(budget.take(100)).toBe(10);
    expect(budget.take(100)).toBe(0);
    budget.close();
  });

  it('fills slowly at first and at the full rate after the ramp', () => {
    const { budget, clock } = makeBudget(6_000, 60_000);
    budget.take(100);
    clock.time += 1_000;
    expect(budget.take(100)).toBe(10);
    for (let second = 0; second < 59; second += 1) {
      clock.time += 1_000;
      budget.take(100);
    }
    clock.time += 1_000;
    expect(budget.take(1_000)).toBe(100);
    budget.close();
  });

  it('starts the ramp again after a quiet minute', () => {
    const { budget, clock } = makeBudget(6_000, 1_000);
    clock.time += 5_000;
    budget.take(100);
    clock.time += 61_000;
    expect(budget.take(1_000)).toBe(100);
    clock.time += 50;
    expect(budget.take(1_000)).toBe(0);
    budget.close();
  });

  it('goes at half the pace after a throttled answer, at a tenth at the least, and at the full one five minutes later', () => {
    const { budget, clock } = makeBudget(60_000, 0);
    const inOneSecond = () => {
      budget.take(2_000);
      clock.time += 1_000;
      return budget.take(2_000);
    };
    expect(inOneSecond()).toBe(1_000);
    budget.slowDown(clock.time);
    expect(inOneSecond()).toBe(501);
    budget.slowDown(clock.time);
    expect(inOneSecond()).toBe(252);
    for (let times = 0; times < 10; times += 1) budget.slowDown(clock.time + 60_000);
    // All wait for a minute, in which nothing grows, and which leaves no burst behind.
    clock.time += 60_000;
    expect(budget.take(2_000)).toBe(100);
    expect(inOneSecond()).toBe(101);
    // A quiet time begins the ramp again, which has no length here.
    for (let second = 0; second < 540; second += 1) inOneSecond();
    expect(inOneSecond()).toBe(1_000);
    budget.close();
  });

  it('pays for a call of many messages, and grants no more until the rate has made up for them', () => {
    const { budget, clock } = makeBudget(600, 0);
    expect(budget.take(1)).toBe(1);
    budget.spend(99);
    expect(budget.take(1)).toBe(0);
    clock.time += 8_000;
    expect(budget.take(1)).toBe(0);
    clock.time += 1_500;
    expect(budget.take(100)).toBe(5);
    budget.close();
  });

  it('stops when the replicas together have used the quota up', async () => {
    const { budget, clock } = makeBudget(600, 0, 25);
    let sent = 0;
    for (let second = 0; second < 20; second += 1) {
      sent += budget.take(10);
      await Promise.resolve()
        .then(() => {})
        .then(() => {})
        .then(() => {});
      clock.time += 1_000;
    }
    expect(sent).toBeLessThanOrEqual(40);
    budget.close();
  });

  it('grants nothing, and not less, while it owes what it has sent, and goes on when that is paid', async () => {
    const { budget, clock, refill } = makeBudget(600, 0, 0);
    expect(budget.take(10)).toBe(10);
    await turn();
    clock.time += 5_000;
    expect(budget.take(5)).toBe(0);
    refill(100);
    await turn();
    clock.time += 1_000;
    expect(budget.take(5)).toBe(0);
    await turn();
    expect(budget.take(5)).toBe(5);
    budget.close();
  });

  it('owes nothing any more once what it took beyond its lease was given back', async () => {
    const { budget, clock } = makeBudget(600, 0, 11);
    expect([budget.take(1), budget.take(5)]).toEqual([1, 5]);
    await turn();
    clock.time += 1_000;
    expect(budget.take(10)).toBe(10);
    // The shared quota is used up.
    await turn();
    expect(budget.take(1)).toBe(0);
    budget.refund(10);
    expect(budget.take(5)).toBe(5);
    budget.close();
  });
});
