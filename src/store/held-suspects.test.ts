import { HeldSuspects } from './held-suspects';

function makeHeld() {
  const clock = { time: 0, now: () => clock.time, monotonicMs: () => clock.time };
  return { clock, held: new HeldSuspects(30_000, clock) };
}

describe('HeldSuspects', () => {
  it('always admits what was never handed out before', () => {
    const { held } = makeHeld();
    held.hold('a', 9);
    expect(held.admits(1)).toBe(true);
    held.hold('b', 1);
    expect(held.count).toBe(1);
  });

  it.each([
    [2, 64],
    [3, 1],
    [4, 1],
    [99, 1],
  ])('admits those handed out %d times in groups of %d', (claims, size) => {
    const { held } = makeHeld();
    let admitted = 0;
    while (held.admits(claims)) held.hold(`e${(admitted += 1)}`, claims);
    expect(admitted).toBe(size);
    expect(held.drop('e1')).toBe(true);
    expect(held.drop('e1')).toBe(false);
    expect(held.admits(claims)).toBe(true);
  });

  it('lets the most suspect one say how many may be beside it', () => {
    const { held } = makeHeld();
    held.hold('a', 2);
    held.hold('b', 2);
    expect([held.admits(2), held.admits(3)]).toEqual([true, false]);
    held.hold('c', 3);
    expect([held.admits(2), held.admits(3)]).toEqual([false, false]);
    expect(held.drop('c')).toBe(true);
    expect([held.admits(2), held.admits(3)]).toEqual([true, false]);
  });

  it('forgets those whose claim has run out, unless it was renewed', () => {
    const { held, clock } = makeHeld();
    held.hold('a', 4);
    clock.time = 20_000;
    held.renew('a');
    held.renew('unknown');
    clock.time = 49_999;
    expect(held.admits(2)).toBe(false);
    clock.time = 50_000;
    expect([held.admits(2), held.highest, held.count]).toEqual([true, 0, 0]);
  });
});
