import { RouteGate } from './route-gate';

describe('RouteGate', () => {
  it('grants what is free and no more', () => {
    const gate = new RouteGate(10, 4);
    expect(gate.take(7, 'direct')).toBe(7);
    expect(gate.take(7, 'direct')).toBe(3);
    expect(gate.take(1, 'direct')).toBe(0);
    gate.give(2, 'direct');
    expect(gate.take(5, 'direct')).toBe(2);
  });

  it('keeps a tenth of the slots from the bulk lane', () => {
    const gate = new RouteGate(10, 4);
    expect(gate.take(10, 'bulk')).toBe(9);
    expect(gate.take(10, 'direct')).toBe(1);
  });

  it('lets a route with one slot serve both lanes', () => {
    const gate = new RouteGate(1, 4);
    expect(gate.take(1, 'bulk')).toBe(1);
    gate.give(1, 'bulk');
    expect(gate.take(1, 'direct')).toBe(1);
  });

  it('serves four that wait on the direct lane for one on the bulk lane', () => {
    const gate = new RouteGate(10, 4);
    gate.take(10, 'direct');
    const served: ('direct' | 'bulk')[] = [];
    for (let index = 0; index < 10; index += 1) {
      gate.queue('direct', () => served.push('direct'));
      gate.queue('bulk', () => served.push('bulk'));
    }
    while (served.length < 10) gate.give(1, served.at(-1) ?? 'direct');
    expect(served.slice(0, 10)).toEqual([
      'direct',
      'direct',
      'direct',
      'direct',
      'bulk',
      'direct',
      'direct',
      'direct',
      'direct',
      'bulk',
    ]);
  });

  it('lets nobody overtake who waits', () => {
    const gate = new RouteGate(2, 4);
    gate.take(2, 'direct');
    gate.queue('direct', () => {});
    gate.queue('direct', () => {});
    gate.give(1, 'direct');
    expect(gate.waiting).toBe(1);
    expect(gate.take(1, 'direct')).toBe(0);
  });

  it('serves thousands that wait, in order', () => {
    const gate = new RouteGate(1, 4);
    gate.take(1, 'direct');
    const served: number[] = [];
    for (let index = 0; index < 5_000; index += 1) gate.queue('direct', () => served.push(index));
    while (gate.waiting > 0) gate.give(1, 'direct');
    expect(served).toEqual(Array.from({ length: 5_000 }, (_, index) => index));
    expect(gate.inFlight).toBe(1);
  });

  it('bears thousands in a row that have no use for their slot any more', () => {
    const gate = new RouteGate(1, 4);
    gate.take(1, 'direct');
    for (let index = 0; index < 50_000; index += 1) gate.queue('direct', () => gate.give(1, 'direct'));
    gate.give(1, 'direct');
    expect([gate.waiting, gate.inFlight]).toEqual([0, 0]);
  });

  it('knows a provider that answers nothing for three seconds, until it answers again', () => {
    const gate = new RouteGate(10, 4);
    expect(gate.isSilent(100_000)).toBe(false);
    gate.take(2, 'direct');
    expect(gate.isSilent(100_000)).toBe(false);
    expect([gate.isSilent(103_000), gate.isSilent(103_001)]).toEqual([false, true]);
    gate.give(2, 'direct');
    expect(gate.isSilent(200_000)).toBe(true);
    gate.answered(200_001);
    expect(gate.isSilent(200_002)).toBe(false);
  });

  it('does not take the time for silence in which nothing was sent', () => {
    const gate = new RouteGate(10, 4);
    gate.take(1, 'direct');
    gate.answered(1_000);
    gate.give(1, 'direct');
    gate.take(1, 'bulk');
    expect([gate.isSilent(10_000), gate.isSilent(13_000), gate.isSilent(13_001)]).toEqual([
      false,
      false,
      true,
    ]);
  });

  it('slows its quota down once for the answers of calls that were in flight together', () => {
    let slowed = 0;
    const quota = {
      take: (wanted: number) => wanted,
      spend: () => {},
      refund: () => {},
      slowDown: () => (slowed += 1),
    };
    const gate = new RouteGate(10, 4, quota);
    gate.slowDown(1_000, 61_000);
    gate.slowDown(1_200, 61_200);
    expect([slowed, gate.heldUntilMs]).toEqual([1, 61_200]);
    gate.slowDown(61_200, 121_000);
    expect(slowed).toBe(2);
  });
});
