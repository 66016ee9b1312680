import type { Random } from '../../domain/clock';
import type { ProviderName } from '../../domain/provider-table';
import type { Outcome } from '../../domain/outcome';
import type { RetryOptions } from '../options';

export interface AttemptHistory {
  /** Attempts made, the one just answered included. */
  readonly attempts: number;
  readonly ambiguousAttempts: number;
}

export type RetryDecision =
  | { readonly kind: 'retry'; readonly delayMs: number }
  | { readonly kind: 'give_up'; readonly reason: string };

export type RetryableOutcome = Extract<Outcome, { kind: 'throttled' | 'unavailable' }>;

/**
 * What the provider asked for by Retry-After, else the least wait after such an answer; ms.
 *
 * A wish is followed only so far: quotas are by the minute, Apple's own advice after a 5xx is 15 minutes, and an answer
 * that says a day (a proxy's, a bug's) would turn everything for a project into dead letters. After the cap the provider
 * is asked again, and may say so again. A single device's limits reach over an hour
 * (https://firebase.google.com/docs/cloud-messaging/throttling-and-quotas), so its wait may.
 */
export function wishedWaitMs(
  { floors, capMs }: Pick<RetryOptions, 'floors' | 'capMs'>,
  provider: ProviderName,
  outcome: RetryableOutcome,
): number {
  switch (outcome.kind) {
    case 'throttled': {
      const floorMs = floors[provider].throttledMs;
      const longestMs = outcome.scope === 'device' ? Math.max(capMs, deviceWaitAtMostMs) : capMs;
      return Math.min(outcome.retryAfterMs ?? floorMs, Math.max(floorMs, longestMs));
    }
    case 'unavailable': {
      const floorMs = floors[provider].unavailableMs;
      return Math.max(floorMs, Math.min(outcome.retryAfterMs ?? 0, capMs));
    }
    default:
      return unreachable(outcome);
  }
}

/**
 * When to try again: delay = floor + random(0, min(cap, base * 2^n)), where the floor is the vendor's
 * (FCM forbids less than 10 s, https://firebase.google.com/docs/cloud-messaging/scale-fcm), or what it asked for.
 * An ambiguous attempt may have rung already, so it has few repeats and no exponential spread.
 */
export function scheduleRetry(
  options: RetryOptions,
  provider: ProviderName,
  outcome: RetryableOutcome,
  history: AttemptHistory,
  random: Random,
): RetryDecision {
  const floorMs = wishedWaitMs(options, provider, outcome);
  if (history.attempts >= options.maxAttempts)
    return { kind: 'give_up', reason: `${outcome.reason} (${history.attempts} attempts)` };
  switch (outcome.kind) {
    case 'throttled':
      return spread(floorMs, options.throttledBaseMs, options.capMs, history.attempts, random);
    case 'unavailable':
      if (!outcome.ambiguous)
        return spread(floorMs, options.unavailableBaseMs, options.capMs, history.attempts, random);
      if (history.ambiguousAttempts >= options.maxAmbiguousAttempts)
        return {
          kind: 'give_up',
          reason: `${outcome.reason} (${history.ambiguousAttempts} ambiguous attempts)`,
        };
      return { kind: 'retry', delayMs: ambiguousDelayMs(options, provider, random) };
    default:
      return unreachable(outcome);
  }
}

function ambiguousDelayMs({ floors }: RetryOptions, provider: ProviderName, random: Random): number {
  return Math.round(floors[provider].ambiguousMs * (1 + random() / 2));
}

function spread(
  floorMs: number,
  baseMs: number,
  capMs: number,
  attempts: number,
  random: Random,
): RetryDecision {
  const exponent = Math.min(Math.max(attempts - 1, 0), 30);
  return { kind: 'retry', delayMs: Math.round(floorMs + random() * Math.min(capMs, baseMs * 2 ** exponent)) };
}

function unreachable(outcome: never): never {
  throw new Error(`unknown outcome ${JSON.stringify(outcome)}`);
}

/** A device is left in peace for no longer, whatever its provider says. */
export const deviceWaitAtMostMs = 3_600_000;
