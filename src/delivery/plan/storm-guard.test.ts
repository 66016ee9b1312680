import { StormGuard } from './storm-guard';

function makeGuard() {
  const clock = { time: 0, now: () => clock.time, monotonicMs: () => clock.time };
  const guard = new StormGuard(
    { conversationPerMinute: 3, recipientPerMinute: 5, summaryIntervalMs: 30_000 },
    clock,
  );
  const hold = (device: string, conversation: string) => guard.holdUntilMs(device, conversation);
  return { clock, hold };
}

describe('StormGuard', () => {
  it('sends up to the limit of a conversation, and holds the rest until one time', () => {
    const { clock, hold } = makeGuard();
    const verdicts = Array.from({ length: 6 }, () => {
      clock.time += 1_000;
      return hold('phone', 'team');
    });
    expect(verdicts).toEqual([null, null, null, 34_000, 34_000, 34_000]);
  });

  it('counts each device by itself', () => {
    const { hold } = makeGuard();
    for (let index = 0; index < 4; index += 1) hold('phone', 'team');
    expect(hold('tablet', 'team')).toBeNull();
  });

  it('limits a device over all of its conversations', () => {
    const { hold } = makeGuard();
    const verdicts = ['a', 'b', 'c', 'd', 'e', 'f'].map((conversation) => hold('phone', conversation));
    expect(verdicts).toEqual([null, null, null, null, null, 30_000]);
  });

  it('does not count against the device what one conversation held back', () => {
    const { hold } = makeGuard();
    for (let index = 0; index < 50; index += 1) hold('phone', 'team');
    expect(hold('phone', 'other')).toBeNull();
  });

  it('holds across the end of a minute, up to the time that it named', () => {
    const { clock, hold } = makeGuard();
    clock.time = 50_000;
    for (let index = 0; index < 4; index += 1) hold('phone', 'team');
    clock.time = 79_999;
    expect(hold('phone', 'team')).toBe(80_000);
    clock.time = 80_000;
    expect(hold('phone', 'team')).toBeNull();
  });

  it('lets the first message after a calm through at once, and holds those that follow it', () => {
    const { clock, hold } = makeGuard();
    for (let index = 0; index < 40; index += 1) hold('phone', 'team');
    clock.time = 40_000;
    expect([hold('phone', 'team'), hold('phone', 'team')]).toEqual([null, 70_000]);
  });

  it('begins the next summary where the storm goes on after the first', () => {
    const { clock, hold } = makeGuard();
    for (clock.time = 0; clock.time < 30_000; clock.time += 500) hold('phone', 'team');
    expect(hold('phone', 'team')).toBe(31_500);
    clock.time = 31_500;
    expect(hold('phone', 'team')).toBe(61_500);
  });

  it('lets a calm conversation not ring beyond the limit of a device that is not calm', () => {
    const { clock, hold } = makeGuard();
    for (let index = 0; index < 5; index += 1) hold('phone', `c${index}`);
    clock.time = 20_000;
    hold('phone', 'other');
    clock.time = 40_000;
    expect(hold('phone', 'c0')).toBe(70_000);
  });
});
