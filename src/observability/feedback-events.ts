import { Counter, type Registry } from 'prom-client';
import type { Clock } from '../domain/clock';
import type { FeedbackType } from '../feedback/feedback';
import type { Logger } from '../domain/logger';
import { LogGate } from './log-gate';

/** A line of each kind, with a count: the app's server may refuse everything. */
const everyMs = 60_000;

export type FeedbackEvents = ReturnType<typeof createFeedbackEvents>;

/** One function for each thing that happens to an event for the app's server; none of them throws. */
export function createFeedbackEvents(context: {
  readonly logger: Logger;
  readonly registry: Registry;
  readonly clock: Clock;
}) {
  const { logger, registry, clock } = context;
  const counter = new Counter({
    name: 'relay_feedback_events_total',
    help: "Events for the app's server by what became of them; retried: attempts that failed, after which the event was kept",
    labelNames: ['type', 'result'],
    registers: [registry],
  });
  const count = (type: FeedbackType, result: string): void => counter.inc({ type, result });
  const createLine = (level: 'info' | 'warn' | 'error', message: string) => {
    const gate = new LogGate(clock, 1, everyMs);
    return (fields: object): void => {
      const pass = gate.pass();
      if (pass) logger[level]({ ...fields, ...pass }, message);
    };
  };
  const away = createLine('warn', 'the receiver of feedback takes nothing; its events wait on disk');
  const back = createLine('info', 'the receiver of feedback takes events again');
  const expired = createLine('error', 'feedback is given up: the receiver did not take it within 24 hours');
  const dropped = createLine('error', 'feedback is left out: it cannot be kept on disk');
  const broken = createLine('warn', 'feedback cannot be read from disk now; trying again');
  return {
    taken: (type: FeedbackType) => count(type, 'taken'),
    retried: (type: FeedbackType) => count(type, 'retried'),
    away: (reason: string) => away({ reason }),
    back: () => back({}),
    expired: (type: FeedbackType) => {
      count(type, 'expired');
      expired({ type });
    },
    /** `error`: null where too much waits. */
    dropped: (type: FeedbackType, error: unknown) => {
      count(type, 'dropped');
      dropped({ type, ...(error === null ? { reason: 'too much waits' } : { err: error }) });
    },
    broken: (error: unknown) => broken({ err: error }),
  };
}
