import type { Registry } from 'prom-client';
import type { Clock } from '../domain/clock';
import type { Logger } from '../domain/logger';
import { LogGate } from './log-gate';
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
  const gates = new Map<string, LogGate>();
  const warn = (target: string, message: string, fields: object): void => {
    const name = `${target}\n${message}`;
    const gate = gates.get(name) ?? new LogGate(clock, 1, everyMs);
    gates.set(name, gate);
    const pass = gate.pass();
    if (pass) logger.warn({ target, ...fields, ...pass }, message);
  };
  return {
    taken: (target: string, event: string) => count(target, event, 'taken'),
    retried: (target: string, event: string) => count(target, event, 'retried'),
    refused: (target: string, event: string, reason: string) =>
      warn(target, 'a receiver of webhooks refuses an event; it is sent again', { event, reason }),
    away: (target: string, reason: string) =>
      logger.warn({ target, reason }, 'a receiver of webhooks takes nothing; its events wait on disk'),
    back: (target: string) => logger.info({ target }, 'the receiver of webhooks takes events again'),
    givenUp: (target: string, event: string, why: string, detail: string) => {
      count(target, event, 'dead_letter');
      warn(target, 'a forwarded webhook is a dead letter', { event, why, detail });
    },
    dropped: (target: string, event: string) => {
      count(target, event, 'dropped');
      warn(target, 'a webhook is not forwarded: too much waits for receivers that take nothing', { event });
    },
    broken: (target: string, error: unknown) =>
      warn(target, 'forwarded webhooks cannot be read from disk, or not be given up, now; trying again', {
        err: error,
      }),
    answered: (target: string, event: string, hasAnswer: boolean) =>
      count(target, event, hasAnswer ? 'answered' : 'unanswered'),
  };
}

/** A receiver may get events of any name. */
function labelOf(event: string): string {
  return webhookEventLabels.find((label) => label === event) ?? 'unknown';
}
