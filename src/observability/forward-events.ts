import type { Registry } from 'prom-client';
import type { Clock } from '../domain/clock';
import type { Logger } from '../domain/logger';
import { gatedLines, LogGate, type GatedLines } from './log-gate';
import { TalliedCounter } from './metrics/tallied-counter';
import { webhookEventLabels } from './webhook-labels';

/** A line of each kind and receiver, with a count: a receiver may refuse everything. */
const everyMs = 60_000;

export type ForwardEvents = ReturnType<typeof createForwardEvents>;

/** One function for each thing that happens to a forwarded webhook; none of them throws. No content, no secret. */
export function createForwardEvents(context: {
  readonly logger: Logger;
  readonly registry: Registry;
  readonly clock: Clock;
}) {
  const { logger, registry, clock } = context;
  const forwards = new TalliedCounter({
    name: 'relay_forwards_total',
    help: 'Forwarded webhooks by what became of them; retried: attempts that failed, after which the event was kept',
    labelNames: ['target', 'event', 'result'],
    registers: [registry],
  });
  const count = (target: string, event: string, result: string): void =>
    forwards.add(1, target, labelOf(event), result);
  const lines = new Map<string, ReturnType<typeof createLines>>();
  const linesOf = (target: string): ReturnType<typeof createLines> => {
    const known = lines.get(target) ?? createLines(gatedLines(logger, () => new LogGate(clock, 1, everyMs)));
    lines.set(target, known);
    return known;
  };
  return {
    taken: (target: string, event: string) => count(target, event, 'taken'),
    retried: (target: string, event: string) => count(target, event, 'retried'),
    refused: (target: string, event: string, reason: string) =>
      linesOf(target).refused({ target, webhookEvent: event, reason }),
    away: (target: string, reason: string) =>
      logger.warn(
        { event: 'forward_receiver_away', target, reason },
        'a receiver of webhooks takes nothing; its events wait on disk',
      ),
    back: (target: string) =>
      logger.info({ event: 'forward_receiver_back', target }, 'the receiver of webhooks takes events again'),
    givenUp: (target: string, event: string, why: string, detail: string) => {
      count(target, event, 'dead_letter');
      linesOf(target).givenUp({ target, webhookEvent: event, why, detail });
    },
    dropped: (target: string, event: string) => {
      count(target, event, 'dropped');
      linesOf(target).dropped({ target, webhookEvent: event });
    },
    broken: (target: string, error: unknown) => linesOf(target).broken({ target, err: error }),
    answered: (target: string, event: string, hasAnswer: boolean) =>
      count(target, event, hasAnswer ? 'answered' : 'unanswered'),
  };
}

function createLines(line: GatedLines) {
  return {
    refused: line('forward_refused', 'event refused by a receiver of webhooks; it is sent again'),
    givenUp: line('forward_dead_lettered', 'forwarded webhook given up; kept as a dead letter'),
    dropped: line('forward_dropped', 'webhook not forwarded; too many wait for receivers that take nothing'),
    broken: line('forward_queue_failed', 'queue of forwarded webhooks not readable or writable; retrying'),
  };
}

/** A receiver may get events of any name. */
function labelOf(event: string): string {
  return webhookEventLabels.find((label) => label === event) ?? 'unknown';
}
