/*
 * Open this file first: it keeps an OAuth access token fresh, for FCM and for each maker that has such tokens. Where they come
 * from is a `token-source.ts`: `client-credentials-grant.ts` or `signed-grant.ts` here, and what FCM has of its own. `grant-answer.ts` reads what a
 * token endpoint answers.
 */

import type { Clock } from '../../domain/clock';
import type { Logger } from '../../domain/logger';
import type { Outcome } from '../../domain/outcome';
import type { ProviderName } from '../../domain/provider-table';
import type { Authorization, Pass, PassResult, UnauthorizedRequest } from '../wire/authorization';
import type { FetchedToken, TokenSource } from './token-source';

/** Before its end; of a short life a share, so that it is not renewed without end. */
const refreshAhead = { ms: 5 * 60_000, share: 0.2 };
/** Vendors count to the second, and a request takes its time to get there. */
const spare = { ms: 10_000, share: 0.1 };
const fetchTimeoutMs = 10_000;
const restAfterFailureMs = { misconfigured: 5_000, unavailable: 1_000 } as const;
const restAfterRenewalMs = 30_000;
const stepMs = 1_000;

interface Current {
  readonly pass: Pass;
  readonly refreshAtMs: number;
  readonly overAtMs: number;
}

interface Failure {
  readonly reason: string;
  readonly outcome: Outcome;
  readonly untilMs: number;
  /** Wall minus monotonic clock: once the clock has been set, the next try may fare better. */
  readonly offsetMs: number;
}

export interface AccessTokensContext {
  /** For the log. */
  readonly provider: ProviderName;
  readonly source: TokenSource;
  /** Where the vendor looks for it; absent: `Authorization: Bearer …`. */
  readonly write?: (accessToken: string, request: UnauthorizedRequest) => void;
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * An access token.
 *
 * - none: nothing yet; who asks waits for the first.
 * - fresh: more than five minutes left.
 * - ageing: the last five minutes; still given out while its successor is fetched, and fetched again when that fails.
 * - over, or refused by the provider: who asks waits for the successor.
 * - failed: no token, and asking for one has just failed; who asks gets the failure for a moment, so that a busy relay
 *   does not hammer the token endpoint.
 */
export class AccessTokens implements Authorization {
  #current: Current | null = null;
  #fetching: Promise<PassResult> | null = null;
  #failure: Failure | null = null;
  #generation = 0;
  #renewedAtMs: number | null = null;
  readonly #context: AccessTokensContext;

  constructor(context: AccessTokensContext) {
    this.#context = context;
  }

  peek(): Pass | null {
    if (this.#current === null) return null;
    const nowMs = this.#context.clock.monotonicMs();
    if (nowMs >= this.#current.overAtMs) return null;
    if (nowMs >= this.#current.refreshAtMs && !this.#hasJustFailed(nowMs)) void this.#fetch();
    return this.#current.pass;
  }

  obtain(): Promise<PassResult> {
    const pass = this.peek();
    if (pass !== null) return Promise.resolve({ kind: 'pass', pass });
    if (this.#failure !== null && this.#hasJustFailed(this.#context.clock.monotonicMs())) {
      return Promise.resolve({ kind: 'refused', outcome: this.#failure.outcome });
    }
    return this.#fetch();
  }

  renew(used: Pass): Promise<PassResult> {
    if (this.#current === null || this.#current.pass.generation !== used.generation) return this.obtain();
    const nowMs = this.#context.clock.monotonicMs();
    if (this.#renewedAtMs !== null && nowMs - this.#renewedAtMs < restAfterRenewalMs) {
      return Promise.resolve({ kind: 'pass', pass: used });
    }
    this.#renewedAtMs = nowMs;
    this.#current = null;
    return this.#fetch();
  }

  write(pass: Pass, request: UnauthorizedRequest): void {
    const { write } = this.#context;
    if (write !== undefined) write(pass.value, request);
    else request.headers['authorization'] = pass.value;
  }

  #hasJustFailed(nowMs: number): boolean {
    if (this.#failure === null || nowMs >= this.#failure.untilMs) return false;
    return Math.abs(this.#context.clock.now() - nowMs - this.#failure.offsetMs) <= stepMs;
  }

  #fetch(): Promise<PassResult> {
    const { source, timeoutMs } = this.#context;
    this.#fetching ??= source(Math.min(timeoutMs, fetchTimeoutMs))
      .then((fetched) => this.#take(fetched))
      .finally(() => {
        this.#fetching = null;
      });
    return this.#fetching;
  }

  #take(fetched: FetchedToken): PassResult {
    const { provider, clock, logger } = this.#context;
    const nowMs = clock.monotonicMs();
    if (fetched.kind === 'token') {
      this.#generation += 1;
      const { accessToken } = fetched;
      const value = this.#context.write === undefined ? `Bearer ${accessToken}` : accessToken;
      const pass = { value, generation: this.#generation };
      const lifeMs = fetched.expiresInSeconds * 1000;
      this.#current = {
        pass,
        refreshAtMs: nowMs + lifeMs - Math.min(refreshAhead.ms, lifeMs * refreshAhead.share),
        overAtMs: nowMs + lifeMs - Math.min(spare.ms, lifeMs * spare.share),
      };
      if (this.#failure !== null)
        logger.info({ event: 'access_token_available', provider }, 'access token fetched again');
      this.#failure = null;
      return { kind: 'pass', pass };
    }
    const { kind, reason } = fetched;
    if (this.#failure?.reason !== reason)
      logger.warn({ event: 'access_token_unavailable', provider, kind, reason }, 'access token not fetched');
    const outcome = toOutcome(fetched);
    const offsetMs = clock.now() - nowMs;
    this.#failure = { reason, outcome, untilMs: nowMs + restAfterFailureMs[kind], offsetMs };
    return { kind: 'refused', outcome };
  }
}

function toOutcome(failed: Exclude<FetchedToken, { kind: 'token' }>): Outcome {
  switch (failed.kind) {
    case 'misconfigured':
      return { kind: 'misconfigured', reason: failed.reason };
    case 'unavailable':
      return {
        kind: 'unavailable',
        reason: failed.reason,
        ambiguous: false,
        retryAfterMs: failed.retryAfterMs,
      };
    default:
      return failed satisfies never;
  }
}
