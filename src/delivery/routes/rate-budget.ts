import type { Clock } from '../../domain/clock';
import type { SharedState } from '../../store/ports/shared-state';

export interface RateOptions {
  readonly messagesPerMinute: number;
  /** From a standing start to the full rate. */
  readonly rampMs: number;
}

export interface RateBudgetContext {
  readonly clock: Clock;
  readonly sharedState: Pick<SharedState, 'take'>;
  /** The quota's name, the same for every replica: FCM's is one for each project. */
  readonly name: string;
  /** More can be taken now. */
  readonly refilled: () => void;
}

/**
 * How many messages a project may still get: FCM counts 600,000 a minute and wants neither a full quota at once nor a
 * jump from nothing (https://firebase.google.com/docs/cloud-messaging/scale-fcm).
 *
 * A bucket of one second's worth fills at the rate, which grows over the ramp after a quiet time, and falls by half when the
 * provider throttles. What flows into it is
 * leased in chunks from the budget that replicas share; a budget that cannot be asked does not stop pushes.
 */
export class RateBudget {
  #tokens: number;
  #leased = 0;
  #leasing = false;
  /** More was taken than the shared budget had left: nothing flows until it pays for that. */
  #owes = false;
  #askAgainAtMs = 0;
  #filledAtMs: number;
  #rampFromMs: number;
  #usedAtMs: number;
  /** Of the rate, right after the last throttled answer. */
  #slowedShare = 1;
  #slowedAtMs = 0;
  #timer: NodeJS.Timeout | null = null;
  readonly #capacity: number;
  readonly #options: RateOptions;
  readonly #context: RateBudgetContext;

  constructor(options: RateOptions, context: RateBudgetContext) {
    this.#options = options;
    this.#context = context;

    const nowMs = context.clock.monotonicMs();
    this.#capacity = Math.max(1, options.messagesPerMinute / 60);
    this.#tokens = this.#capacity;
    this.#filledAtMs = nowMs;
    this.#rampFromMs = nowMs;
    this.#usedAtMs = nowMs;
  }

  /** Takes up to `wanted`; with none left, `refilled` is called when there are some again. */
  take(wanted: number): number {
    this.#fill();
    const granted = this.#owes ? 0 : Math.max(0, Math.min(wanted, Math.floor(this.#tokens)));
    this.#tokens -= granted;
    if (granted > 0 || this.#owes) this.#lease(granted);
    if (granted < wanted) this.#wake();
    return granted;
  }

  /** Pays for the messages of a call beyond its first, which `take` paid: nothing more is granted until the rate has made up for them. */
  spend(more: number): void {
    this.#tokens -= more;
    this.#lease(more);
  }

  /** Of what `take` has granted, for calls that were not made. */
  refund(unused: number): void {
    this.#tokens += unused;
    this.#leased += unused;
    // Nothing is leased while some is left, so that nothing would ever end the debt.
    if (this.#leased >= 0) this.#owes = false;
  }

  /** The provider throttles: half the pace, which grows from `fromMs` on (when it may be asked again) by a tenth of the full rate per minute. */
  slowDown(fromMs: number): void {
    this.#fill();
    this.#slowedShare = Math.max(slowestShare, this.#share(this.#filledAtMs) / 2);
    this.#slowedAtMs = fromMs;
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #fill(): void {
    const nowMs = this.#context.clock.monotonicMs();
    if (nowMs - this.#usedAtMs > quietMs) this.#rampFromMs = nowMs;
    this.#usedAtMs = nowMs;
    const ramp = Math.min(
      1,
      Math.max(slowestShare, (nowMs - this.#rampFromMs) / Math.max(1, this.#options.rampMs)),
    );
    const share = this.#share(nowMs);
    const perMinute = this.#options.messagesPerMinute * Math.min(ramp, share);
    const filled = ((nowMs - this.#filledAtMs) / 60_000) * perMinute;
    // A bucket that fills up while all wait must not be too much again.
    this.#tokens = Math.min(Math.max(1, this.#capacity * share), this.#tokens + Math.max(0, filled));
    this.#filledAtMs = nowMs;
  }

  /** Of the rate, by throttled answers alone. */
  #share(nowMs: number): number {
    return Math.min(1, this.#slowedShare + Math.max(0, nowMs - this.#slowedAtMs) / fullAgainMs);
  }

  /** Pays for what was taken from the shared budget, a chunk ahead. */
  #lease(used: number): void {
    this.#leased -= used;
    const nowMs = this.#context.clock.monotonicMs();
    if (this.#leased > 0 || this.#leasing || (this.#owes && nowMs < this.#askAgainAtMs)) return;
    this.#leasing = true;
    const { messagesPerMinute } = this.#options;
    const chunk = Math.ceil(this.#capacity) - this.#leased;
    this.#context.sharedState
      .take(`rate:${this.#context.name}`, chunk, messagesPerMinute, 60_000)
      .catch(() => chunk)
      .then((granted) => {
        this.#leasing = false;
        this.#leased += granted;
        this.#owes = this.#leased < 0;
        this.#askAgainAtMs = this.#context.clock.monotonicMs() + askAgainMs;
      })
      .catch(() => {});
  }

  #wake(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.#context.refilled();
    }, wakeMs);
    this.#timer.unref();
  }
}

const quietMs = 60_000;
/** From nothing to the full rate after throttled answers, so half of that from half the rate. */
const fullAgainMs = 600_000;
/** Neither the ramp nor a slowed pace begins at nothing: a tenth of the rate is there from the first moment. */
const slowestShare = 0.1;
const wakeMs = 20;
/** How often a shared budget that is used up is asked for more. */
const askAgainMs = 1_000;
