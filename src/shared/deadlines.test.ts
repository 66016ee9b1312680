import { ClockSteps } from '../delivery/waiting/clock-steps';
import { Deadlines } from './deadlines';

const minuteMs = 60_000;
const startMs = Date.UTC(2026, 0, 1);

/** Time that passes for both clocks, and a wall clock that can be off. */
function aClock(offMs = 0) {
  const clock = {
    atMs: startMs,
    offMs,
    now: () => clock.atMs + clock.offMs,
    monotonicMs: () => clock.atMs,
    pass: (ms: number) => void (clock.atMs += ms),
  };
  return clock;
}

const stepsMs = [3_000, minuteMs, 10 * minuteMs, 8 * 60 * minuteMs, 30 * 24 * 60 * minuteMs];

describe('Deadlines', () => {
  it('judges by a clock that nobody sets', () => {
    const clock = aClock();
    const deadlines = new Deadlines(clock);
    for (const aheadMs of [1, minuteMs, 60 * minuteMs]) {
      const deadlineMs = clock.now() + aheadMs;
      expect(deadlines.of(deadlineMs)).toBe('live');
      clock.pass(aheadMs);
      expect(deadlines.of(deadlineMs)).toBe('over');
    }
  });

  it.each(stepsMs)('gives nothing up for a step of %i ms ahead that is put right', (stepMs) => {
    const clock = aClock();
    const deadlines = new Deadlines(clock);
    const deadlineMs = clock.now() + 60 * minuteMs;
    clock.offMs = stepMs;
    for (let minute = 0; minute < 14; minute += 1) {
      expect(deadlines.of(deadlineMs)).not.toBe('over');
      clock.pass(minuteMs);
    }
    clock.offMs = 0;
    expect(deadlines.of(deadlineMs)).toBe('live');
    clock.pass(46 * minuteMs);
    expect(deadlines.of(deadlineMs)).toBe('over');
  });

  it.each(stepsMs)('believes a step of %i ms ahead that is kept for a quarter of an hour', (stepMs) => {
    const clock = aClock();
    const deadlines = new Deadlines(clock);
    const deadlineMs = clock.now() + stepMs;
    clock.offMs = stepMs;
    deadlines.nowMs();
    clock.pass(15 * minuteMs);
    expect(deadlines.of(deadlineMs)).toBe('over');
  });

  it.each(stepsMs.flatMap((stepMs) => [stepMs, -stepMs]))(
    'judges what is dated after a step of %i ms by the same clock, while the step is in doubt and once it is believed',
    (stepMs) => {
      const clock = aClock();
      const deadlines = new Deadlines(clock);
      clock.offMs = stepMs;
      const inDoubtMs = clock.now() + 60 * minuteMs;
      expect(deadlines.of(inDoubtMs)).toBe('live');
      deadlines.nowMs();
      clock.pass(15 * minuteMs);
      const believedMs = clock.now() + 60 * minuteMs;
      expect([deadlines.of(inDoubtMs), deadlines.of(believedMs)]).toEqual(['live', 'live']);
      clock.pass(45 * minuteMs);
      expect([deadlines.of(inDoubtMs), deadlines.of(believedMs)]).toEqual(['over', 'live']);
      clock.pass(15 * minuteMs);
      expect(deadlines.of(believedMs)).toBe('over');
    },
  );

  it('begins to doubt anew with each step', () => {
    const clock = aClock();
    const deadlines = new Deadlines(clock);
    const deadlineMs = clock.now() + 60 * minuteMs;
    for (let hours = 8; hours < 12; hours += 1) {
      clock.offMs = hours * 60 * minuteMs;
      expect(deadlines.of(deadlineMs)).toBe('doubtful');
      clock.pass(14 * minuteMs);
      expect(deadlines.of(deadlineMs)).toBe('doubtful');
    }
  });

  it.each(stepsMs)('calls nothing over because the clock went back by %i ms', (stepMs) => {
    const clock = aClock();
    const deadlines = new Deadlines(clock);
    const deadlineMs = clock.now() + minuteMs;
    clock.offMs = -stepMs;
    expect(deadlines.of(deadlineMs)).toBe('live');
    expect(deadlines.nowMs()).toBeLessThanOrEqual(clock.now());
  });

  it('follows a clock that drifts', () => {
    const clock = aClock();
    const deadlines = new Deadlines(clock);
    for (let second = 0; second < 3_600; second += 1) {
      clock.pass(1_000);
      clock.offMs += 1;
      expect(deadlines.nowMs()).toBe(clock.now());
    }
  });

  describe('at a start', () => {
    const settled = () => new Promise((resolve) => setImmediate(resolve));

    it('gives nothing up before the store has told its time, or where it cannot', async () => {
      const clock = aClock();
      for (const known of [new Promise<null>(() => {}), Promise.reject(new Error('away'))]) {
        const deadlines = new Deadlines(clock, known);
        await settled();
        expect(deadlines.of(clock.now() - minuteMs)).toBe('doubtful');
        clock.pass(15 * minuteMs);
        expect(deadlines.of(clock.now() - minuteMs)).toBe('over');
      }
    });

    it.each([
      ['an empty store', null, 'over'],
      ['a short downtime', -30_000, 'over'],
      ['a store that is ahead', 10 * minuteMs, 'over'],
      ['a long downtime, or a clock that is ahead', -8 * 60 * minuteMs, 'doubtful'],
    ])('judges after %s', async (_, agoMs, verdict) => {
      const clock = aClock();
      const deadlines = new Deadlines(clock, Promise.resolve(agoMs === null ? null : clock.now() + agoMs));
      await settled();
      expect(deadlines.of(clock.now() - minuteMs)).toBe(verdict);
      clock.pass(15 * minuteMs);
      expect(deadlines.of(clock.now() - minuteMs)).toBe('over');
    });
  });
});

describe('ClockSteps', () => {
  it.each(stepsMs.flatMap((stepMs) => [stepMs, -stepMs]))(
    'sees a step of %i ms once, and its way back',
    (stepMs) => {
      const clock = aClock();
      const steps = new ClockSteps(clock);
      expect(steps.seen()).toBe(false);
      clock.offMs = stepMs;
      expect([steps.seen(), steps.seen()]).toEqual([true, false]);
      clock.offMs = 0;
      expect([steps.seen(), steps.seen()]).toEqual([true, false]);
    },
  );

  it('takes slow drift for none', () => {
    const clock = aClock();
    const steps = new ClockSteps(clock);
    for (let second = 0; second < 10_000; second += 1) {
      clock.pass(1_000);
      clock.offMs += 2;
      expect(steps.seen()).toBe(false);
    }
  });
});
