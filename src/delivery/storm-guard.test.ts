import { heldByStorm, isSummary, StormGuard } from './storm-guard';

function makeGuard() {
  const clock = { time: 0, now: () => clock.time, monotonicMs: () => clock.time };
  const guard = new StormGuard(
    { conversationPerMinute: 3, recipientPerMinute: 5, summaryIntervalMs: 30_000 },
    clock,
  );
  let messages = 0;
  const admit = (device: string, conversation: string, messageId = `m${(messages += 1)}`) =>
    guard.admit(device, conversation, messageId);
  return { clock, guard, admit };
}

describe('StormGuard', () => {
  it('sends up to the limit of a conversation, then one summary for the rest', () => {
    const { guard, admit } = makeGuard();
    const verdicts = Array.from({ length: 6 }, () => admit('phone', 'team'));
    expect(verdicts).toEqual(['send', 'send', 'send', 'summary', 'held', 'held']);
    expect(guard.takeSummary('phone', 'team')).toBe(3);
  });

  it('counts each device by itself', () => {
    const { admit } = makeGuard();
    for (let index = 0; index < 4; index += 1) admit('phone', 'team');
    expect(admit('tablet', 'team')).toBe('send');
  });

  it('limits a device over all of its conversations', () => {
    const { admit } = makeGuard();
    const verdicts = ['a', 'b', 'c', 'd', 'e', 'f'].map((conversation) => admit('phone', conversation));
    expect(verdicts).toEqual(['send', 'send', 'send', 'send', 'send', 'summary']);
  });

  it('keeps holding until the summary is taken, and is calm in the next minute', () => {
    const { guard, clock, admit } = makeGuard();
    for (let index = 0; index < 4; index += 1) admit('phone', 'team');
    clock.time = 60_000;
    expect(admit('phone', 'team')).toBe('held');
    expect(guard.takeSummary('phone', 'team')).toBe(2);
    expect(admit('phone', 'team')).toBe('send');
  });

  it('lets a conversation ring again when its summary never came', () => {
    const { clock, admit } = makeGuard();
    for (let index = 0; index < 4; index += 1) admit('phone', 'team');
    clock.time = 89_999;
    expect(admit('phone', 'team')).toBe('held');
    clock.time = 90_000;
    expect(admit('phone', 'team')).toBe('send');
  });

  it('does not hold back the message of the summary itself when it is worked on again', () => {
    const { guard, admit } = makeGuard();
    for (let index = 0; index < 3; index += 1) admit('phone', 'team');
    expect([admit('phone', 'team', 'a'), admit('phone', 'team', 'b')]).toEqual(['summary', 'held']);
    expect(admit('phone', 'team', 'a')).toBe('summary');
    expect(guard.takeSummary('phone', 'team')).toBe(2);
  });

  it('says how many a summary stands for again when it is tried again', () => {
    const { guard, clock, admit } = makeGuard();
    for (let index = 0; index < 6; index += 1) admit('phone', 'team');
    expect(guard.takeSummary('phone', 'team')).toBe(3);
    clock.time = 600_000;
    admit('phone', 'other');
    expect(guard.takeSummary('phone', 'team')).toBe(3);
    clock.time = 4_200_000;
    admit('phone', 'other');
    expect(guard.takeSummary('phone', 'team')).toBeNull();
  });

  it('does not give a summary the count of the storm before', () => {
    const { guard, clock, admit } = makeGuard();
    for (let index = 0; index < 6; index += 1) admit('phone', 'team');
    guard.takeSummary('phone', 'team');
    for (let index = 0; index < 4; index += 1) admit('phone', 'team');
    clock.time = 120_000;
    admit('phone', 'other');
    expect(guard.takeSummary('phone', 'team')).toBeNull();
  });

  it('knows a summary by its field, and by its reason before the first attempt', () => {
    expect(isSummary({ lastReason: heldByStorm })).toBe(true);
    expect(isSummary({ lastReason: 'Shutdown', summary: true })).toBe(true);
    expect(isSummary({ lastReason: 'Shutdown' })).toBe(false);
  });

  it('does not know the count of a summary that an earlier run began', () => {
    expect(makeGuard().guard.takeSummary('phone', 'team')).toBeNull();
  });
});
