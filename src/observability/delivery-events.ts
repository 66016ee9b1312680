import { Counter, Gauge, type Registry } from 'prom-client';
import type { Clock } from '../domain/clock';
import type { Logger } from '../domain/logger';
import type { Outcome } from '../domain/outcome';
import type { DeadLetter } from '../domain/dead-letter';
import type { InboxEntry } from '../domain/inbox-entry';
import { credentialHint } from './credential-hint';
import { LogGate } from './log-gate';
import { TalliedCounter } from './tallied-counter';
import { TalliedHistogram } from './tallied-histogram';

/** Why a recipient did or did not get a push. */
export type RecipientResult =
  | 'pushed'
  | 'no_device'
  | 'not_configured'
  | 'suspended'
  | 'sender'
  | 'hidden'
  | 'muted'
  | 'storm'
  | 'duplicate'
  | 'expired'
  | 'command';

/** What the events say of a route; the delivery side's own state fits it. */
export interface RouteLabels {
  readonly id: string;
  readonly app: string;
  readonly environment: string;
  readonly provider: { readonly name: string };
}

/** Whom a delivery is for. Metrics never say it; the log does. */
export interface DeliveryLabels {
  readonly uid: string;
  readonly deviceId: string;
  readonly token: string;
}

/** Why nothing gets through on a route. */
export interface TroubleLabels {
  readonly reason: string;
  readonly attempts: number;
}

export type DeliveryEvents = ReturnType<typeof createDeliveryEvents>;

/** One function a business event; labels are few and known, no uid, token or message id among them. */
export function createDeliveryEvents(context: {
  readonly logger: Logger;
  readonly registry: Registry;
  readonly clock: Clock;
}) {
  const { logger, clock } = context;
  const metrics = createMetrics(context.registry);
  return {
    ...countingEvents(logger, metrics),
    ...routeEvents(logger, metrics),
    ...pushEvents(logger, metrics, () => new LogGate(clock, linesASecond)),
    ...troubleEvents(logger, metrics),
  };
}

/** Of one kind of line: a group of 100,000 must not write as many. */
const linesASecond = 5;

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
    failing: new Gauge({
      name: 'relay_routes_failing',
      help: '1 while no push gets through, because the provider does not answer or slows everyone down',
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

function countingEvents(logger: Logger, metrics: Metrics) {
  return {
    /** What became of one recipient of a message. */
    recipient: (result: RecipientResult, uid: string, messageId: string) => {
      metrics.recipients.add(1, result);
      logger.debug({ result, uid, messageId }, recipientLines[result]);
    },
    attempted: (
      route: RouteLabels,
      { uid, deviceId }: Omit<DeliveryLabels, 'token'>,
      outcome: Outcome,
      tookMs: number,
    ) => {
      metrics.deliveries.add(1, route.provider.name, route.app, outcome.kind);
      if (outcome.kind !== 'refused_locally') metrics.requests.observe(tookMs / 1000, route.provider.name);
      logger.debug({ uid, deviceId, route: route.id, ...outcome, tookMs }, 'push answered');
    },
    accepted: (_route: RouteLabels, sinceReceivedMs: number) =>
      metrics.pushLatency.observe(sinceReceivedMs / 1000),
    dropped: (reason: string) => metrics.dropped.inc({ reason }),
    entrySettled: (_entry: InboxEntry) => {},
  };
}

/** In the words of docs/notifications.md; none holds text of a message. */
const recipientLines: Readonly<Record<RecipientResult, string>> = {
  pushed: 'recipient: push planned',
  no_device:
    'recipient: no device registered; a repeat of this message within the deduplication window is dropped too',
  not_configured: 'recipient: no credential for the device’s app and environment',
  suspended: 'recipient: device suspended after rejections',
  sender: 'recipient: sent the message',
  hidden: 'recipient: message not visible to this user',
  muted: 'recipient: muted',
  storm: 'recipient: held by the storm limits',
  duplicate: 'recipient: duplicate of an earlier message',
  expired: 'recipient: message expired',
  command: 'recipient: command message, not shown',
};

function labels(route: RouteLabels) {
  return { provider: route.provider.name, app: route.app, environment: route.environment };
}

function routeEvents(logger: Logger, metrics: Metrics) {
  return {
    routePaused: (route: RouteLabels, reason: string) => {
      metrics.paused.set(labels(route), 1);
      logger.error(
        { ...labels(route), reason, fix: credentialHint(route.provider.name, route.app, reason) },
        'provider refused the credential; pushes wait until it is fixed',
      );
    },
    routeProbed: (route: RouteLabels) => logger.debug(labels(route), 'probing a paused credential'),
    routeResumed: (route: RouteLabels, pausedForMs: number) => {
      metrics.paused.set(labels(route), 0);
      logger.info(
        { ...labels(route), pausedForMs },
        'the credential is accepted again: parked pushes go out',
      );
    },
    /** Once for each outage, not for each attempt. */
    outageBegan: (route: RouteLabels, { reason, attempts }: TroubleLabels) => {
      metrics.failing.set(labels(route), 1);
      logger.error({ ...labels(route), reason, attempts }, 'no push gets through to the provider');
    },
    outageEnded: (route: RouteLabels, { reason, attempts }: TroubleLabels, lastedMs: number) => {
      metrics.failing.set(labels(route), 0);
      logger.info({ ...labels(route), reason, attempts, lastedMs }, 'provider answers again');
    },
    environmentCorrected: (route: RouteLabels) =>
      logger.info(
        labels(route),
        'a device is of this APNs environment, not of the one it was registered for',
      ),
  };
}

function pushEvents(logger: Logger, metrics: Metrics, createGate: () => LogGate) {
  const gates = {
    wrongTopic: createGate(),
    payloadRejected: createGate(),
    pruneBraked: createGate(),
    forgotten: createGate(),
    deadLettered: createGate(),
  };
  const gated = (gate: LogGate, level: 'info' | 'warn' | 'error', fields: object, message: string): void => {
    const passed = gate.pass();
    if (passed !== null) logger[level]({ ...fields, ...passed }, message);
  };
  return {
    deviceTokenForgotten: (route: RouteLabels, { uid, deviceId, token }: DeliveryLabels, reason: string) => {
      metrics.forgotten.inc({ provider: route.provider.name, reason });
      const fields = { ...labels(route), reason, uid, deviceId, token };
      gated(gates.forgotten, 'info', fields, 'device token removed: the provider reported it as dead');
    },
    wrongTopic: (route: RouteLabels, reason: string) =>
      gated(
        gates.wrongTopic,
        'warn',
        { ...labels(route), reason },
        'device token belongs to another app or project than the configured one',
      ),
    payloadRejected: (route: RouteLabels, reason: string) =>
      gated(gates.payloadRejected, 'error', { ...labels(route), reason }, 'request rejected'),
    pruneBraked: (route: RouteLabels, reason: string) => {
      metrics.braked.inc({ provider: route.provider.name, reason });
      gated(
        gates.pruneBraked,
        'error',
        { ...labels(route), reason, fix: credentialHint(route.provider.name, route.app, 'Topic') },
        'too many device tokens reported as dead for one reason; the others are kept',
      );
    },
    deadLettered: (letter: DeadLetter) =>
      gated(
        gates.deadLettered,
        'warn',
        {
          deadLetterId: letter.id,
          reason: letter.reason,
          route: letter.route,
          recipients: letter.recipients.length,
          messageId: letter.messageId,
        },
        'push not delivered; kept as a dead letter',
      ),
  };
}

function troubleEvents(logger: Logger, metrics: Metrics) {
  const failed = (operation: string, error: unknown, message: string) => {
    metrics.storeFailures.inc({ operation });
    logger.error({ err: error, operation }, message);
  };
  return {
    entryBuried: (entry: InboxEntry, reason: string) =>
      logger.error({ entry: entry.id, reason }, 'an inbox entry became a dead letter'),
    entryFailed: (entry: InboxEntry, error: unknown) => {
      metrics.storeFailures.inc({ operation: 'entry' });
      logger.error(
        { err: error, entry: entry.id },
        'an inbox entry could not be worked off now; it will be tried again',
      );
    },
    claimFailed: (error: unknown) => failed('claim', error, 'the store does not hand out work'),
    claimsLost: (count: number) =>
      logger.warn({ count }, 'claims were taken over by another relay: this one was too slow'),
    renewFailed: (error: unknown) => failed('renew', error, 'claims could not be renewed'),
    settleFailed: (error: unknown, count: number) =>
      failed('settle', error, `${count} settled entries could not be written; trying again`),
    sharedStateFailed: (error: unknown) =>
      failed('shared_state', error, 'other replicas could not be told of a paused credential'),
    deviceRecordFailed: (error: unknown) => failed('device', error, 'a device record could not be written'),
  };
}
