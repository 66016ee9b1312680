/*
 * Open this file first: like each `…-events.ts` here, it has one function per business
 * event, which logs and counts (those of devices are in `device-events.ts`). Logs: `logger.ts` creates the logger (`log-redaction.ts`, `log-error.ts`, `text-log.ts`,
 * `console-lines.ts`), `log-gate.ts` limits repeated lines, `credential-hint.ts` says what to fix, and `journey-log.ts` writes
 * the way of each message. Metrics: `webhook-metrics.ts` (labels in `webhook-labels.ts`), and in `metrics/` what counts cheaply,
 * what the process itself tells, and how they are read.
 */

import { Counter, Gauge, type Registry } from 'prom-client';
import type { Clock } from '../domain/clock';
import { noFeedback, type Feedback, type FeedbackNews } from '../feedback/feedback';
import type { Logger } from '../domain/logger';
import { readRouteId } from '../domain/route';
import type { Outcome } from '../domain/outcome';
import type { DeadLetter } from '../domain/dead-letter';
import type { RecipientResult } from '../domain/recipient-result';
import type { InboxEntry } from '../domain/inbox-entry';
import { credentialHint } from './credential-hint';
import { deviceEvents, labels, onRoute, type RouteLabels } from './device-events';
import { gatedLines, LogGate, type GatedLines } from './log-gate';
import { TalliedCounter } from './metrics/tallied-counter';
import { TalliedHistogram } from './metrics/tallied-histogram';

/** Why nothing gets through on a route. */
export interface TroubleLabels {
  readonly reason: string;
  readonly attempts: number;
}

/** Of a pause or its end: from the provider, or from another replica. */
export type LearntBy = 'answer' | 'replica';

export type DeliveryEvents = ReturnType<typeof createDeliveryEvents>;

/** One function a business event: it logs, counts, and tells the app's server; labels are few and known, no uid, token or message id among them. */
export function createDeliveryEvents(context: {
  readonly logger: Logger;
  readonly registry: Registry;
  readonly clock: Clock;
  /** Default: nobody. */
  readonly feedback?: Feedback;
}) {
  const { logger, clock, feedback = noFeedback } = context;
  const metrics = createMetrics(context.registry);
  const line = gatedLines(logger, () => new LogGate(clock, linesASecond));
  return {
    ...countingEvents(metrics),
    ...routeEvents(logger, metrics, feedback),
    ...deviceEvents({ line, forgotten: metrics.forgotten, feedback }),
    ...pushEvents(line, metrics, feedback),
    ...troubleEvents(
      gatedLines(logger, () => new LogGate(clock, 1, troubleEveryMs)),
      metrics,
    ),
  };
}

/** Of one kind of line: a group of 100,000 must not write as many. */
const linesASecond = 5;
/** Of one kind of trouble with the store: it is tried again several times a second. */
const troubleEveryMs = 10_000;

type Metrics = ReturnType<typeof createMetrics>;

function createMetrics(registry: Registry) {
  const registers = [registry];
  return {
    ...createRouteMetrics(registers),
    recipients: new TalliedCounter({
      name: 'relay_recipients_total',
      help: 'Recipients of messages by what became of them',
      labelNames: ['result'],
      registers,
    }),
    deliveries: new TalliedCounter({
      name: 'relay_deliveries_total',
      help: 'Provider answers by outcome',
      labelNames: ['provider', 'app', 'outcome'],
      registers,
    }),
    pushLatency: new TalliedHistogram({
      name: 'relay_push_latency_seconds',
      help: 'From the webhook received to the push accepted',
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800],
      registers,
    }),
    requests: new TalliedHistogram({
      name: 'relay_provider_request_seconds',
      help: 'One attempt, from its begin to its answer',
      label: 'provider',
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15],
      registers,
    }),
    dropped: new Counter({
      name: 'relay_deliveries_dropped_total',
      help: 'Waiting deliveries that ended unsent',
      labelNames: ['reason'],
      registers,
    }),
    storeFailures: new Counter({
      name: 'relay_store_failures_total',
      help: 'Store operations of the delivery that failed',
      labelNames: ['operation'],
      registers,
    }),
  };
}

function createRouteMetrics(registers: Registry[]) {
  return {
    forgotten: new Counter({
      name: 'relay_device_tokens_forgotten_total',
      help: 'Device tokens removed because the provider called them dead',
      labelNames: ['provider', 'reason'],
      registers,
    }),
    paused: new Gauge({
      name: 'relay_routes_paused',
      help: '1 while a credential is refused',
      labelNames: ['provider', 'app', 'environment'],
      registers,
    }),
    braked: new Counter({
      name: 'relay_prunes_braked_total',
      help: 'Device tokens kept because too many were to be removed for one reason',
      labelNames: ['provider', 'reason'],
      registers,
    }),
  };
}

function countingEvents(metrics: Metrics) {
  return {
    /** A counter that appears with its first push has no rate before the second: where none is ever accepted there is no share. */
    routeConfigured: (route: RouteLabels) =>
      metrics.deliveries.add(0, route.provider.name, route.app, 'accepted'),
    /** What became of one recipient of a message. */
    recipient: (result: RecipientResult | 'too_late') => metrics.recipients.add(1, result),
    attempted: (route: RouteLabels, outcome: Outcome, tookMs: number) => {
      metrics.deliveries.add(1, route.provider.name, route.app, outcome.kind);
      if (outcome.kind !== 'refused_locally') metrics.requests.observe(tookMs / 1000, route.provider.name);
    },
    accepted: (_route: RouteLabels, sinceReceivedMs: number) =>
      metrics.pushLatency.observe(sinceReceivedMs / 1000),
    dropped: (reason: string) => metrics.dropped.inc({ reason }),
    entrySettled: (_entry: InboxEntry) => {},
  };
}

function routeEvents(logger: Logger, metrics: Metrics, feedback: Feedback) {
  /** A replica that took the pause over from another one does not tell it again. */
  const tellFirst = (learnt: LearntBy, news: FeedbackNews): void => {
    if (learnt === 'answer') void feedback.tell(news);
  };
  return {
    routePaused: (route: RouteLabels, reason: string, learnt: LearntBy) => {
      tellFirst(learnt, { type: 'credential.paused', ...onRoute(route), reason });
      metrics.paused.set(labels(route), 1);
      logger.error(
        {
          event: 'credential_paused',
          ...labels(route),
          reason,
          fix: credentialHint(route.provider.name, route.app, reason),
        },
        'credential refused by the provider; its pushes wait',
      );
    },
    routeProbed: (route: RouteLabels) =>
      logger.debug({ event: 'credential_probed', ...labels(route) }, 'paused credential probed'),
    routeResumed: (route: RouteLabels, pausedForMs: number, learnt: LearntBy) => {
      tellFirst(learnt, { type: 'credential.resumed', ...onRoute(route) });
      metrics.paused.set(labels(route), 0);
      logger.info(
        { event: 'credential_resumed', ...labels(route), pausedForMs },
        'credential accepted again; its waiting pushes are sent',
      );
    },
    /** Once for each outage, not for each attempt. */
    outageBegan: (route: RouteLabels, { reason, attempts }: TroubleLabels) => {
      logger.error(
        { event: 'provider_outage_began', ...labels(route), reason, attempts },
        'no push gets through to the provider',
      );
    },
    outageEnded: (route: RouteLabels, { reason, attempts }: TroubleLabels, lastedMs: number) => {
      logger.info(
        { event: 'provider_outage_ended', ...labels(route), reason, attempts, lastedMs },
        'provider answers again',
      );
    },
    /** Once for each time that a quota is used up. */
    quotaExhausted: (route: RouteLabels, reason: string, untilMs: number) => {
      void feedback.tell({ type: 'quota.exhausted', ...onRoute(route), reason, untilMs });
      logger.error(
        { event: 'quota_exhausted', ...labels(route), reason, until: new Date(untilMs).toISOString() },
        'quota at the provider used up; its pushes wait',
      );
    },
  };
}

function pushEvents(line: GatedLines, metrics: Metrics, feedback: Feedback) {
  const corrected = line('device_environment_corrected', 'environment of a device corrected');
  const mismatch = line('device_app_mismatch', 'device token of another app or project');
  const rejected = line('push_rejected', 'push rejected by the provider');
  const braked = line(
    'device_removal_braked',
    'too many device tokens reported as dead for one reason; the others are kept',
  );
  const deadLettered = line('push_dead_lettered', 'push not delivered; kept as a dead letter');
  return {
    laneCorrected: (route: RouteLabels) => corrected(labels(route)),
    wrongTopic: (route: RouteLabels, reason: string) => mismatch({ ...labels(route), reason }),
    payloadRejected: (route: RouteLabels, reason: string) => rejected({ ...labels(route), reason }),
    pruneBraked: (route: RouteLabels, reason: string) => {
      metrics.braked.inc({ provider: route.provider.name, reason });
      const fix = credentialHint(route.provider.name, route.app, 'Topic');
      braked({ ...labels(route), reason, fix });
    },
    /** Resolves when the app's server is told of each recipient, or will be. */
    deadLettered: async (letter: DeadLetter): Promise<void> => {
      const { id: deadLetterId, messageId, reason } = letter;
      const recipients = letter.recipients.length;
      deadLettered({ deadLetterId, reason, route: letter.route, recipients, messageId });
      const route = letter.route === null ? null : readRouteId(letter.route);
      await Promise.all(
        letter.recipients.map(({ uid, deviceId }) =>
          feedback.tell({
            type: 'delivery.dead_letter',
            deadLetterId,
            messageId,
            uid,
            deviceId,
            route,
            reason,
          }),
        ),
      );
    },
  };
}

function troubleEvents(line: GatedLines, metrics: Metrics) {
  const buried = line('inbox_entry_dead_lettered', 'message not processed; kept as a dead letter');
  const entryFailed = line('inbox_entry_failed', 'message not processed; retrying');
  const claimFailed = line('inbox_claim_failed', 'cannot read work from the store; retrying');
  const claimsLost = line(
    'inbox_claims_lost',
    'messages taken over by another replica: this one was too slow',
  );
  const renewFailed = line('inbox_renew_failed', 'leases of messages not renewed');
  const settleFailed = line('inbox_settle_failed', 'results not written; retrying');
  const shareFailed = line('pause_not_shared', 'other replicas not told of a paused credential');
  const deviceFailed = line('device_write_failed', 'device record not written');
  const failed = (operation: string, error: unknown) => {
    metrics.storeFailures.inc({ operation });
    return { err: error, operation };
  };
  return {
    entryBuried: (entry: InboxEntry, reason: string) => buried({ entry: entry.id, reason }),
    entryFailed: (entry: InboxEntry, error: unknown) => {
      metrics.storeFailures.inc({ operation: 'entry' });
      entryFailed({ err: error, entry: entry.id });
    },
    claimFailed: (error: unknown) => claimFailed(failed('claim', error)),
    claimsLost: (count: number) => claimsLost({ count }),
    renewFailed: (error: unknown) => renewFailed(failed('renew', error)),
    settleFailed: (error: unknown, count: number) => settleFailed({ ...failed('settle', error), count }),
    sharedStateFailed: (error: unknown) => shareFailed(failed('shared_state', error)),
    deviceRecordFailed: (error: unknown) => deviceFailed(failed('device', error)),
  };
}
