import type { Outcome } from '../../domain/outcome';
import { within } from '../../shared/within';

/**
 * Calls of a vendor's SDK. The SDKs keep no time limit, so each call has one here, and settles once.
 *
 * Open → draining (takes nothing new) → closed (what still ran was cut). What was cut, or was late, may still reach the provider.
 */
export class SdkCalls {
  readonly #running = new Set<(outcome: Outcome) => void>();
  #isDraining = false;
  #onIdle: (() => void) | null = null;
  readonly #timeoutMs: number;
  readonly #onLate: () => void;

  /** `onLate`: a call got no answer in time. The SDK's connection may be dead, and the SDK would not notice. */
  constructor(timeoutMs: number, onLate: () => void = () => {}) {
    this.#timeoutMs = timeoutMs;
    this.#onLate = onLate;
  }

  /** Calls `settle` once, after this has returned. `call` must not reject. */
  start(call: () => Promise<Outcome>, settle: (outcome: Outcome) => void): void {
    if (this.#isDraining) {
      queueMicrotask(() => settle(sdkFailure('closing', false)));
      return;
    }
    const end = (outcome: Outcome): void => {
      if (!this.#running.delete(end)) return;
      settle(outcome);
      if (this.#running.size === 0) this.#onIdle?.();
    };
    this.#running.add(end);
    void within(this.#timeoutMs, call(), null).then((outcome) => {
      if (outcome === null && this.#running.has(end)) this.#onLate();
      end(outcome ?? sdkFailure(`no answer within ${this.#timeoutMs} ms`, true));
    });
  }

  async close(deadlineMs: number): Promise<void> {
    this.#isDraining = true;
    const idle = new Promise<void>((resolve) => {
      if (this.#running.size === 0) resolve();
      else this.#onIdle = resolve;
    });
    await within(deadlineMs, idle, undefined);
    for (const end of [...this.#running]) end(sdkFailure('closing', true));
  }
}

/** Neither SDK shows the provider's `Retry-After`. */
export function sdkFailure(reason: string, ambiguous: boolean): Extract<Outcome, { kind: 'unavailable' }> {
  return { kind: 'unavailable', reason, ambiguous, retryAfterMs: null };
}

const neverSent =
  /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ERR_TLS_|EPROTO|CERT|certificate|REFUSED_STREAM|cannot connect/i;

/** What an SDK's error leaves of a failed call. It is not ambiguous only where its text shows that nothing was sent. */
export function networkFailure(text: string): Extract<Outcome, { kind: 'unavailable' }> {
  const reason = text.slice(0, 300).replace(/[^\x20-\x7e]+/g, ' ');
  return sdkFailure(reason, !neverSent.test(reason));
}
