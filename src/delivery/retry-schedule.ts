import type { Random } from '../domain/clock';
import type { ProviderName } from '../domain/device';
import type { Outcome } from '../domain/outcome';
import type { RetryOptions } from './options';

export interface AttemptHistory {
  /** Attempts made, the one just answered included. */
  readonly attempts: number;
  readonly ambiguousAttempts: number;
}

export type RetryDecision =
  | { readonly kind: 'retry'; readonly delayMs: number }
  | { readonly kind: 'give_up'; readonly reason: string };

type RetryableOutcome = Extract<Outcome, { kind: 'throttled' | 'unavailable' }>;

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
  const floors = options.floors[provider];
  if (history.attempts >= options.maxAttempts)
    return { kind: 'give_up', reason: `${outcome.reason} (${history.attempts} attempts)` };
  switch (outcome.kind) {
    case 'throttled':
      return spread(
        outcome.retryAfterMs ?? floors.throttledMs,
        options.throttledBaseMs,
        options.capMs,
        history.attempts,
        random,
      );
    case 'unavailable':
      if (!outcome.ambiguous)
        return spread(
          Math.max(outcome.retryAfterMs ?? 0, floors.unavailableMs),
          options.unavailableBaseMs,
          options.capMs,
          history.attempts,
          random,
        );
      if (history.ambiguousAttempts >= options.maxAmbiguousAttempts)
        return {
          kind: 'give_up',
          reason: `${outcome.reason} (${history.ambiguousAttempts} ambiguous attempts)`,
        };
      return { kind: 'retry', delayMs: Math.round(floors.ambiguousMs * (1 + random() / 2)) };
    default:
      return unreachable(outcome);
  }
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
