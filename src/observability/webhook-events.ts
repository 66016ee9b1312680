import type { Registry } from 'prom-client';
import { systemClock } from '../domain/clock';
import type { Clock } from '../domain/clock';
import type { Logger } from '../domain/logger';
import { shortText } from '../domain/short-text';
import { gatedLines, LogGate, type GatedLines } from './log-gate';
import { redactText } from './log-redaction';
import type { LostCause, WebhookEventLabel, WebhookResult } from './webhook-labels';
import { createWebhookMetrics, type WebhookMetrics } from './webhook-metrics';

export interface BrokenBody {
  readonly requestId: string;
  readonly webhookEvent: WebhookEventLabel;
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
    webhookEvent: WebhookEventLabel;
    lengthBytes: number | null;
    maxBytes: number;
  }): void;
  recipientsLost(fields: { requestId: string; cause: LostCause; messageId: string; salvaged: number }): void;
  recipientsUnaddressable(fields: { requestId: string; messageId: string; count: number }): void;
  /** Names of the fields, out of a fixed set. */
  fieldsLeftOut(fields: { requestId: string; messageId: string; fields: readonly string[] }): void;
  requestAborted(fields: { requestId: string; webhookEvent: WebhookEventLabel }): void;
  notDurable(fields: { requestId: string; webhookEvent: WebhookEventLabel }, error: unknown): void;
  eventIgnored(fields: { requestId: string; name: string }): void;
  /** A relay has forwarded it to this one. */
  notForwardedAgain(fields: { requestId: string; webhookEvent: WebhookEventLabel }): void;
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
  bodyTooSlow(fields: { requestId: string; webhookEvent: WebhookEventLabel }): void;
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

/** A message is taken without what is odd in it. */
function leftOutEvents(
  metrics: WebhookMetrics,
  line: GatedLines,
): Pick<WebhookEvents, 'recipientsUnaddressable' | 'fieldsLeftOut' | 'messagesNotified'> {
  const unaddressable = line('recipients_unaddressable', 'recipients with an unusable uid left out');
  const fieldsLeftOut = line(
    'message_fields_ignored',
    'malformed fields of a message; their defaults are used',
  );
  const notMessages = line('notify_messages_malformed', 'malformed messages of msg.notify left out');
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
  line: GatedLines,
): Pick<WebhookEvents, 'bodyBroken' | 'bodyTooLarge' | 'bodyTooSlow' | 'recipientsLost' | 'requestAborted'> {
  const lost = line(
    'recipients_unreadable',
    'recipients of a message not readable; set channel.subscriberCompressOfCount to 0 on WuKongIM v2',
  );
  const losing =
    <Fields>(cause: LostCause, tell: (fields: Fields) => void) =>
    (fields: Fields): void => {
      metrics.lost(cause);
      tell(fields);
    };
  return {
    bodyBroken: losing(
      'invalid_body',
      line('webhook_body_malformed', 'malformed webhook body; kept in the dead letters'),
    ),
    bodyTooLarge: losing(
      'body_too_large',
      line('webhook_body_too_large', 'webhook body over webhook.max_body_bytes; the event is lost'),
    ),
    bodyTooSlow: losing(
      'body_too_slow',
      line('webhook_body_too_slow', 'webhook body too slow; answered 408, and the event is lost'),
    ),
    recipientsLost: (fields) => losing(fields.cause, lost)(fields),
    requestAborted: losing(
      'request_aborted',
      line('webhook_aborted', 'connection closed in the middle of a webhook body'),
    ),
  };
}

/** The store has told why; here the count is the news. */
function refusalEvents(metrics: WebhookMetrics, line: GatedLines): Pick<WebhookEvents, 'notDurable'> {
  const refused = line('webhook_not_durable', 'event not durable; answered 503');
  return {
    notDurable: (fields, error) => {
      metrics.lost('not_durable');
      refused({
        ...fields,
        reason: error instanceof Error ? shortText(redactText(error.message)) : 'unknown',
      });
    },
  };
}

export function createWebhookEvents(options: WebhookEventsOptions): WebhookEvents {
  const { logger, clock = systemClock } = options;
  const metrics = createWebhookMetrics(options.registry);
  const line = gatedLines(logger, () => new LogGate(clock, linesASecond));
  const refused = line('webhook_unauthenticated', 'webhook refused: authentication missing or wrong');
  const foreign = line(
    'webhook_not_local',
    'webhook refused; without a secret only local Host and Origin headers are accepted. Set WEBHOOK_SECRET',
  );
  const ignored = line('webhook_event_ignored', 'webhook event that the relay does not use');
  const again = line(
    'webhook_not_forwarded_again',
    'webhook of another relay not forwarded again; check that webhook.forward names neither this relay nor its sender',
  );
  const ignoredNames = new Set<string>();
  const malformed = line('online_status_malformed', 'malformed online statuses left out');

  return {
    answered: (event, result, durationMs) => metrics.answered(event, result, durationMs),
    strangerRefused: (fields) => refused(fields),
    foreignRefused: (fields) => foreign(fields),
    ...lossEvents(metrics, line),
    ...refusalEvents(
      metrics,
      gatedLines(logger, () => new LogGate(clock, 1, refusedEveryMs)),
    ),
    ...leftOutEvents(metrics, line),
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
