import { Counter, type Registry } from 'prom-client';
import type { Clock } from '../domain/clock';
import type { FeedbackType } from '../feedback/feedback';
import type { Logger } from '../domain/logger';
import { gatedLines, LogGate } from './log-gate';

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
  const line = gatedLines(logger, () => new LogGate(clock, 1, everyMs));
  const away = line(
    'feedback_receiver_away',
    'the receiver of feedback takes nothing; its events wait on disk',
  );
  const back = line('feedback_receiver_back', 'the receiver of feedback takes events again');
  const expired = line('feedback_expired', 'feedback given up after 24 hours');
  const dropped = line('feedback_dropped', 'feedback not kept on disk');
  const broken = line('feedback_queue_failed', 'feedback not readable from disk; retrying');
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
