import type { Registry } from 'prom-client';
import { systemClock } from '../domain/clock';
import type { Clock } from '../domain/clock';
import type { Logger } from '../domain/logger';
import { shortText } from '../domain/short-text';
import { LogGate } from './log-gate';
import { redactText } from './log-redaction';
import type { LostCause, WebhookEventLabel, WebhookResult } from './webhook-labels';
import { createWebhookMetrics, type WebhookMetrics } from './webhook-metrics';

export interface BrokenBody {
  readonly requestId: string;
  readonly event: WebhookEventLabel;
  readonly reason: string;
  readonly path: string;
  readonly expected: string;
  readonly lengthBytes: number;
  readonly sha256: string;
}

/** What happens at the webhook, one function each: it logs, counts, and never throws. No content, no secret. */
export interface WebhookEvents {
  answered(event: WebhookEventLabel, result: WebhookResult, durationMs: number): void;
  strangerRefused(fields: {
    requestId: string;
    reason: 'address' | 'secret' | 'signature';
    address: string | null;
  }): void;
  /** Where no secret is configured: a web page, or a name of this machine that others can have. */
  foreignRefused(fields: { requestId: string; header: 'host' | 'origin'; value: string }): void;
  bodyBroken(body: BrokenBody): void;
  bodyTooLarge(fields: {
    requestId: string;
    event: WebhookEventLabel;
    lengthBytes: number | null;
    maxBytes: number;
  }): void;
  recipientsLost(fields: { requestId: string; cause: LostCause; messageId: string; salvaged: number }): void;
  recipientsUnaddressable(fields: { requestId: string; messageId: string; count: number }): void;
  /** Names of the fields, out of a fixed set. */
  fieldsLeftOut(fields: { requestId: string; messageId: string; fields: readonly string[] }): void;
  requestAborted(fields: { requestId: string; event: WebhookEventLabel }): void;
  notDurable(fields: { requestId: string; event: WebhookEventLabel }, error: unknown): void;
  eventIgnored(fields: { requestId: string; name: string }): void;
  /** A relay has forwarded it to this one. */
  notForwardedAgain(fields: { requestId: string; event: WebhookEventLabel }): void;
  /** `path`: of the first malformed one. */
  messagesNotified(fields: {
    requestId: string;
    count: number;
    malformed: number;
    path: string | null;
  }): void;
  presenceChanged(fields: { requestId: string; applied: number; malformed: number }): void;
  activityRefreshed(devices: number): void;
  /** It held room that others waited for. */
  bodyTooSlow(fields: { requestId: string; event: WebhookEventLabel }): void;
  /** The gauges of bodies ask `read` when they are scraped. */
  observeBodies(read: () => { readonly bytes: number; readonly waiting: number }): void;
}

export interface WebhookEventsOptions {
  readonly logger: Logger;
  readonly registry: Registry;
  /** Bounds the log lines a second. */
  readonly clock?: Clock;
}

/** Lines a second of each kind; beyond it one line says how many were held back. */
const linesASecond = 20;
const refusedEveryMs = 60_000;
/** Each is named once; who makes up names fills neither the log nor the memory. */
const mostIgnoredNames = 64;

type Say = (level: 'info' | 'warn' | 'error', message: string) => (fields: object) => void;

/** A message is taken without what is odd in it. */
function leftOutEvents(
  metrics: WebhookMetrics,
  say: Say,
): Pick<WebhookEvents, 'recipientsUnaddressable' | 'fieldsLeftOut' | 'messagesNotified'> {
  const unaddressable = say('warn', 'recipients that no device can be registered under are left out');
  const fieldsLeftOut = say('warn', 'fields of a message are not as expected; their defaults are used');
  const notMessages = say('warn', 'malformed messages of msg.notify are left out');
  return {
    recipientsUnaddressable: (fields) => {
      metrics.unaddressable(fields.count);
      unaddressable(fields);
    },
    fieldsLeftOut: (fields) => {
      for (const field of fields.fields) metrics.fieldLeftOut(field);
      fieldsLeftOut(fields);
    },
    messagesNotified: (fields) => {
      metrics.notified(fields.count, fields.malformed);
      if (fields.malformed > 0) notMessages(fields);
    },
  };
}

/** An event that is answered otherwise than 200, or not as a whole. */
function lossEvents(
  metrics: WebhookMetrics,
  say: Say,
): Pick<WebhookEvents, 'bodyBroken' | 'bodyTooLarge' | 'bodyTooSlow' | 'recipientsLost' | 'requestAborted'> {
  const broken = say('error', 'webhook body is not what the event must be; it is kept in the dead letters');
  const tooLarge = say('error', 'webhook body over webhook.max_body_bytes; the event is lost');
  const tooSlow = say(
    'error',
    'webhook body came too slowly while others waited for room, or in pieces of a few bytes; answered 408, and the event is lost',
  );
  const lost = say(
    'error',
    'recipients of a message cannot be read; set channel.subscriberCompressOfCount to 0 on v2',
  );
  const aborted = say('warn', 'sender left in the middle of a webhook body');
  return {
    bodyBroken: (body) => {
      metrics.lost('invalid_body');
      broken(body);
    },
    bodyTooLarge: (fields) => {
      metrics.lost('body_too_large');
      tooLarge(fields);
    },
    bodyTooSlow: (fields) => {
      metrics.lost('body_too_slow');
      tooSlow(fields);
    },
    recipientsLost: (fields) => {
      metrics.lost(fields.cause);
      lost(fields);
    },
    requestAborted: (fields) => {
      metrics.lost('request_aborted');
      aborted(fields);
    },
  };
}

/** The store has told why; here the count is the news. */
function refusalEvents(
  metrics: WebhookMetrics,
  logger: Logger,
  clock: Clock,
): Pick<WebhookEvents, 'notDurable'> {
  const gate = new LogGate(clock, 1, refusedEveryMs);
  return {
    notDurable: (fields, error) => {
      metrics.lost('not_durable');
      const pass = gate.pass();
      if (pass === null) return;
      const reason = error instanceof Error ? shortText(redactText(error.message)) : 'unknown';
      logger.error({ ...fields, reason, ...pass }, 'event could not be made durable; answered 503');
    },
  };
}

export function createWebhookEvents(options: WebhookEventsOptions): WebhookEvents {
  const { logger, clock = systemClock } = options;
  const metrics = createWebhookMetrics(options.registry);
  const say: Say = (level, message) => {
    const gate = new LogGate(clock, linesASecond);
    return (fields) => {
      const pass = gate.pass();
      if (pass) logger[level]({ ...fields, ...pass }, message);
    };
  };
  const refused = say('warn', 'webhook refused: authentication missing or wrong');
  const foreign = say(
    'warn',
    'webhook refused: without a secret only loopback names are taken as Host, and no foreign Origin; set WEBHOOK_SECRET',
  );
  const ignored = say('info', 'webhook event that the relay does not use');
  const again = say(
    'warn',
    'a webhook that a relay has forwarded is not forwarded again; does webhook.forward name this relay, or two relays each other?',
  );
  const ignoredNames = new Set<string>();
  const malformed = say('warn', 'malformed online statuses are left out');

  return {
    answered: (event, result, durationMs) => metrics.answered(event, result, durationMs),
    strangerRefused: (fields) => refused(fields),
    foreignRefused: (fields) => foreign(fields),
    ...lossEvents(metrics, say),
    ...refusalEvents(metrics, logger, clock),
    ...leftOutEvents(metrics, say),
    eventIgnored: (fields) => {
      if (ignoredNames.has(fields.name) || ignoredNames.size === mostIgnoredNames) return;
      ignoredNames.add(fields.name);
      ignored(fields);
    },
    notForwardedAgain: (fields) => again(fields),
    presenceChanged: (fields) => {
      metrics.presence(fields.applied, fields.malformed);
      if (fields.malformed > 0) malformed(fields);
    },
    activityRefreshed: (devices) => metrics.activity(devices),
    observeBodies: (read) => metrics.observeBodies(read),
  };
}
