import { ByteBudget } from './byte-budget';

describe('ByteBudget', () => {
  const order: string[] = [];
  const named = (name: string) => (): void => void order.push(name);
  beforeEach(() => (order.length = 0));

  it('grants at once while there is room, then in order', () => {
    const budget = new ByteBudget(100);
    const first = budget.lease(60, named('first'));
    const second = budget.lease(60, named('second'));
    const third = budget.lease(10, named('third'));
    expect(order).toEqual(['first']);
    first.release();
    expect(order).toEqual(['first', 'second', 'third']);
    expect(budget.usedBytes).toBe(70);
    second.release();
    third.release();
    third.release();
    expect(budget.usedBytes).toBe(0);
  });

  it('grants more than everything when nothing else is held', () => {
    const budget = new ByteBudget(0);
    const first = budget.lease(500, named('first'));
    const second = budget.lease(500, named('second'));
    expect(order).toEqual(['first']);
    first.release();
    second.release();
    expect([order, budget.usedBytes]).toEqual([['first', 'second'], 0]);
  });

  it('lets small ones by a large one that waits, as far as the reserve goes', () => {
    const budget = new ByteBudget(100_000);
    const held = budget.lease(60_000, named('held'));
    const large = budget.lease(60_000, named('large'));
    const small = Array.from({ length: 600 }, (_, index) => budget.lease(100, named(`s${index}`)));
    expect(order).toEqual(['held', ...small.slice(0, 525).map((_, index) => `s${index}`)]);
    held.release();
    expect(order[526]).toBe('s525');
    for (const lease of small) lease.release();
    expect(order).toContain('large');
    large.release();
    expect(budget.usedBytes).toBe(0);
  });

  it('forgets one that gives up waiting, and serves those behind it', () => {
    const budget = new ByteBudget(100);
    const held = budget.lease(90, named('held'));
    const large = budget.lease(100, named('large'));
    budget.lease(10, named('small'));
    large.release();
    expect(order).toEqual(['held', 'small']);
    held.release();
    expect(order).not.toContain('large');
  });

  it('never lets two growing leases wait for each other', () => {
    const budget = new ByteBudget(100);
    const first = budget.lease(50, named('first'));
    const second = budget.lease(50, named('second'));
    const late = budget.lease(1, named('late'));
    first.grow(80, named('first grown'));
    second.grow(80, named('second grown'));
    expect(order).toEqual(['first', 'second', 'first grown']);
    expect(budget.usedBytes).toBe(130);
    first.release();
    expect(order).toEqual(['first', 'second', 'first grown', 'second grown', 'late']);
    second.release();
    late.release();
    expect(budget.usedBytes).toBe(0);
  });

  it('ignores growth after the release', () => {
    const budget = new ByteBudget(10);
    const lease = budget.lease(5, named('lease'));
    lease.release();
    lease.grow(8, named('grown'));
    expect([order, budget.usedBytes]).toEqual([['lease'], 0]);
  });
});
