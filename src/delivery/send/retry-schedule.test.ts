import { perProvider } from '../../domain/provider-table';
import type { RetryOptions } from '../options';
import { scheduleRetry, wishedWaitMs } from './retry-schedule';

const options: RetryOptions = {
  floors: {
    ...perProvider(() => ({ throttledMs: 60_000, unavailableMs: 5_000, ambiguousMs: 5_000 })),
    apns: { throttledMs: 30_000, unavailableMs: 5_000, ambiguousMs: 2_000 },
    webpush: { throttledMs: 60_000, unavailableMs: 5_000, ambiguousMs: 5_000 },
    fcm: { throttledMs: 60_000, unavailableMs: 10_000, ambiguousMs: 10_000 },
  },
  throttledBaseMs: 30_000,
  unavailableBaseMs: 10_000,
  capMs: 900_000,
  maxAttempts: 12,
  maxAmbiguousAttempts: 3,
};
const first = { attempts: 1, ambiguousAttempts: 0 };
const throttled = (retryAfterMs: number | null) =>
  ({ kind: 'throttled', reason: 'TooManyRequests', scope: 'device', retryAfterMs }) as const;
const unavailable = (ambiguous: boolean, retryAfterMs: number | null = null) =>
  ({ kind: 'unavailable', reason: 'ServiceUnavailable', ambiguous, retryAfterMs }) as const;

describe('scheduleRetry', () => {
  it('waits at least what the provider asked for', () => {
    expect(scheduleRetry(options, 'fcm', throttled(7_000), first, () => 0)).toEqual({
      kind: 'retry',
      delayMs: 7_000,
    });
  });

  it.each([
    ['apns', 30_000],
    ['fcm', 60_000],
  ] as const)('waits the floor of %s where a throttled answer names no time', (provider, delayMs) => {
    expect(scheduleRetry(options, provider, throttled(null), first, () => 0)).toEqual({
      kind: 'retry',
      delayMs,
    });
  });

  it('never asks FCM again before ten seconds, whatever Retry-After says', () => {
    expect(scheduleRetry(options, 'fcm', unavailable(false, 1_000), first, () => 0)).toEqual({
      kind: 'retry',
      delayMs: 10_000,
    });
  });

  it('doubles the spread with each attempt, up to the cap', () => {
    const longest = (attempts: number) => {
      const decision = scheduleRetry(
        options,
        'apns',
        unavailable(false),
        { attempts, ambiguousAttempts: 0 },
        () => 1,
      );
      return decision.kind === 'retry' ? decision.delayMs : null;
    };
    expect([1, 2, 3, 4].map(longest)).toEqual([15_000, 25_000, 45_000, 85_000]);
    expect(longest(11)).toBe(905_000);
  });

  it('follows a wish for as long as the cap, and asks again then', () => {
    const day = 86_400_000;
    const project = { ...throttled(day), scope: 'project' } as const;
    expect(wishedWaitMs(options, 'fcm', project)).toBe(900_000);
    expect(wishedWaitMs(options, 'fcm', unavailable(false, day))).toBe(900_000);
    expect(scheduleRetry(options, 'fcm', project, first, () => 0)).toEqual({
      kind: 'retry',
      delayMs: 900_000,
    });
  });

  it('leaves a single device in peace for an hour at most', () => {
    expect(wishedWaitMs(options, 'fcm', throttled(1_800_000))).toBe(1_800_000);
    expect(wishedWaitMs(options, 'fcm', throttled(86_400_000))).toBe(3_600_000);
  });

  it('never waits less than a floor that is set above the cap', () => {
    expect(wishedWaitMs({ ...options, capMs: 1_000 }, 'fcm', { ...throttled(null), scope: 'project' })).toBe(
      60_000,
    );
  });

  it('gives up after the last attempt', () => {
    expect(
      scheduleRetry(options, 'apns', throttled(null), { attempts: 12, ambiguousAttempts: 0 }, () => 0).kind,
    ).toBe('give_up');
  });

  it('repeats an ambiguous attempt soon, and only twice', () => {
    const decide = (ambiguousAttempts: number) =>
      scheduleRetry(
        options,
        'apns',
        unavailable(true),
        { attempts: ambiguousAttempts, ambiguousAttempts },
        () => 0,
      );
    expect(decide(1)).toEqual({ kind: 'retry', delayMs: 2_000 });
    expect(decide(2)).toEqual({ kind: 'retry', delayMs: 2_000 });
    expect(decide(3).kind).toBe('give_up');
  });
});
