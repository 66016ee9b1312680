import { StormGuard } from './storm-guard';

function makeGuard() {
  const clock = { time: 0, now: () => clock.time };
  return {
    clock,
    guard: new StormGuard(
      { conversationPerMinute: 3, recipientPerMinute: 5, summaryIntervalMs: 30_000 },
      clock,
    ),
  };
}

describe('StormGuard', () => {
  it('sends up to the limit of a conversation, then one summary for the rest', () => {
    const { guard } = makeGuard();
    const verdicts = Array.from({ length: 6 }, () => guard.admit('phone', 'team'));
    expect(verdicts).toEqual(['send', 'send', 'send', 'summary', 'held', 'held']);
    expect(guard.takeSummary('phone', 'team')).toBe(3);
  });

  it('counts each device by itself', () => {
    const { guard } = makeGuard();
    for (let index = 0; index < 4; index += 1) guard.admit('phone', 'team');
    expect(guard.admit('tablet', 'team')).toBe('send');
  });

  it('limits a device over all of its conversations', () => {
    const { guard } = makeGuard();
    const verdicts = ['a', 'b', 'c', 'd', 'e', 'f'].map((conversation) => guard.admit('phone', conversation));
    expect(verdicts).toEqual(['send', 'send', 'send', 'send', 'send', 'summary']);
  });

  it('keeps holding until the summary is taken, and is calm in the next minute', () => {
    const { guard, clock } = makeGuard();
    for (let index = 0; index < 4; index += 1) guard.admit('phone', 'team');
    clock.time = 60_000;
    expect(guard.admit('phone', 'team')).toBe('held');
    expect(guard.takeSummary('phone', 'team')).toBe(2);
    expect(guard.admit('phone', 'team')).toBe('send');
  });

  it('does not know the count of a summary that an earlier run began', () => {
    expect(makeGuard().guard.takeSummary('phone', 'team')).toBeNull();
  });
});
