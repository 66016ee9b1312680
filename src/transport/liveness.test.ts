import { Liveness } from './liveness';

const options = { pingIntervalMs: 60_000, pingTimeoutMs: 5_000 };

describe('liveness of a peer', () => {
  it('asks after an idle interval, and rests when the answer came', () => {
    const liveness = new Liveness(options, 0);
    expect(liveness.check(59_999, null)).toBe('quiet');
    expect(liveness.check(60_000, null)).toBe('ask');
    expect(liveness.ask(60_000)).toBe(true);
    expect(liveness.ask(60_001)).toBe(false);
    liveness.onPong(60_050);
    expect(liveness.check(120_049, null)).toBe('quiet');
    expect(liveness.check(120_050, null)).toBe('ask');
  });

  it('asks sooner while an answer is owed', () => {
    const liveness = new Liveness(options, 0);
    expect(liveness.check(11_000, 10_000)).toBe('quiet');
    expect(liveness.check(12_000, 10_000)).toBe('ask');
    liveness.onAnswer(11_500);
    expect(liveness.check(12_000, 10_000)).toBe('quiet');
  });

  it('calls a peer suspect, then dead, that does not answer PING', () => {
    const liveness = new Liveness(options, 0);
    liveness.ask(1_000);
    expect([liveness.check(1_400, null), liveness.suspect]).toEqual(['quiet', false]);
    expect([liveness.check(1_600, null), liveness.suspect]).toEqual(['quiet', true]);
    expect(liveness.check(6_000, null)).toBe('dead');
  });

  it('trusts a suspect again that answers after all', () => {
    const liveness = new Liveness(options, 0);
    liveness.ask(0);
    liveness.check(4_000, null);
    liveness.onPong(4_100);
    expect([liveness.check(6_000, null), liveness.suspect]).toEqual(['quiet', false]);
  });
});
