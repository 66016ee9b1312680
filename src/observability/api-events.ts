import { Counter, Histogram, type Registry } from 'prom-client';
import { systemClock, type Clock } from '../domain/clock';
import type { Logger } from '../domain/logger';
import { LogGate } from './log-gate';

/** Of a kind: whoever guesses keys would otherwise fill the log. */
const linesASecond = 10;

export interface ApiRequestAnswered {
  /** The operation's id, or `none` when the path is nobody's: never the path, which holds uids. */
  readonly operation: string;
  readonly status: number;
  readonly seconds: number;
  readonly requestId: string;
}

/** What the API tells the operator: one function a business event, which logs and counts and never throws. */
export interface ApiEvents {
  requestAnswered(event: ApiRequestAnswered): void;
  /** A bug: an exception that no handler expected. */
  requestFailed(event: {
    readonly operation: string;
    readonly requestId: string;
    readonly error: unknown;
  }): void;
  storeUnavailable(event: {
    readonly operation: string;
    readonly requestId: string;
    readonly error: unknown;
  }): void;
  unauthenticated(event: {
    readonly requestId: string;
    readonly code: string;
    readonly address: string | undefined;
  }): void;
  /** Where no key is configured: a web page, or a name of this machine that others can have. */
  foreignRefused(event: {
    readonly requestId: string;
    readonly header: 'host' | 'origin';
    readonly value: string;
  }): void;
  /** Message content left the store by the API: kept in the log for whoever answers for privacy. */
  deadLetterBodiesRead(event: { readonly requestId: string; readonly letters: number }): void;
  /** Somebody showed a key to the page of the dashboard. */
  dashboardEntered(event: { readonly requestId: string; readonly address: string }): void;
  /** Without the uid: a log line that keeps it would undo the erasure. */
  userErased(event: { readonly requestId: string }): void;
}

export interface ApiEventsOptions {
  readonly logger: Logger;
  readonly registry: Registry;
  readonly clock?: Clock;
}

export function createApiEvents({ logger, registry, clock = systemClock }: ApiEventsOptions): ApiEvents {
  const strangers = new LogGate(clock, linesASecond);
  const requests = new Counter({
    name: 'relay_api_requests_total',
    help: 'Requests to the REST API by operation and status',
    labelNames: ['operation', 'status'],
    registers: [registry],
  });
  const durations = new Histogram({
    name: 'relay_api_request_duration_seconds',
    help: 'Time from request to answer of the REST API',
    labelNames: ['operation'],
    buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 15],
    registers: [registry],
  });
  return {
    requestAnswered: ({ operation, status, seconds, requestId }) => {
      requests.inc({ operation, status });
      durations.observe({ operation }, seconds);
      logger.debug({ event: 'api_request', operation, status, seconds, requestId }, 'API request answered');
    },
    requestFailed: ({ operation, requestId, error }) => {
      logger.error({ event: 'api_request_failed', operation, requestId, err: error }, 'API request failed');
    },
    storeUnavailable: ({ operation, requestId, error }) => {
      const fields = { operation, requestId, err: error };
      logger.debug({ event: 'api_store_unavailable', ...fields }, 'API request answered 503');
    },
    unauthenticated: ({ requestId, code, address }) => {
      const held = strangers.pass();
      if (held === null) return;
      logger.warn(
        { event: 'api_unauthenticated', requestId, code, address, ...held },
        'API request without a valid key',
      );
    },
    foreignRefused: ({ requestId, header, value }) => {
      const held = strangers.pass();
      if (held === null) return;
      logger.warn(
        { event: 'api_not_local', requestId, header, value, ...held },
        'API request refused; without keys only local Host and Origin headers are accepted. Set API_KEYS',
      );
    },
    deadLetterBodiesRead: ({ requestId, letters }) => {
      logger.info(
        { event: 'dead_letter_bodies_read', requestId, letters },
        'dead letters read with their content',
      );
    },
    dashboardEntered: (fields) =>
      logger.info({ event: 'dashboard_entered', ...fields }, 'dashboard session opened'),
    userErased: ({ requestId }) => {
      logger.info({ event: 'user_erased', requestId }, 'all data about a user erased');
    },
  };
}
