import { Counter, Gauge, type Registry } from 'prom-client';
import type { Logger } from '../domain/logger';
import type { Outcome } from '../domain/outcome';
import type { DeadLetter, InboxEntry } from '../domain/work';
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

export type DeliveryEvents = ReturnType<typeof createDeliveryEvents>;

/** One function a business event; labels are few and known, no uid, token or message id among them. */
export function createDeliveryEvents(context: { readonly logger: Logger; readonly registry: Registry }) {
  const { logger } = context;
  const metrics = createMetrics(context.registry);
  return { ...countingEvents(metrics), ...routeEvents(logger, metrics), ...troubleEvents(logger, metrics) };
}

type Metrics = ReturnType<typeof createMetrics>;

function createMetrics(registry: Registry) {
  const registers = [registry];
  return {
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

function countingEvents(metrics: Metrics) {
  return {
    recipients: (result: RecipientResult, count: number) => metrics.recipients.add(count, result),
    attempted: (route: RouteLabels, outcome: Outcome, tookMs: number) => {
      metrics.deliveries.add(1, route.provider.name, route.app, outcome.kind);
      metrics.requests.observe(tookMs / 1000, route.provider.name);
    },
    accepted: (_route: RouteLabels, sinceReceivedMs: number) =>
      metrics.pushLatency.observe(sinceReceivedMs / 1000),
    deviceTokenForgotten: (route: RouteLabels, reason: string) =>
      metrics.forgotten.inc({ provider: route.provider.name, reason }),
    dropped: (reason: string) => metrics.dropped.inc({ reason }),
    entrySettled: (_entry: InboxEntry) => {},
  };
}

function routeEvents(logger: Logger, metrics: Metrics) {
  const labels = (route: RouteLabels) => ({
    provider: route.provider.name,
    app: route.app,
    environment: route.environment,
  });
  return {
    routePaused: (route: RouteLabels, reason: string) => {
      metrics.paused.set(labels(route), 1);
      logger.error(
        { ...labels(route), reason },
        'the provider refuses our credential: its pushes are parked until it is mended',
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
    wrongTopic: (route: RouteLabels, reason: string) =>
      logger.warn(
        { ...labels(route), reason },
        'a device token belongs to another app or project than this one is configured for',
      ),
    payloadRejected: (route: RouteLabels, reason: string) =>
      logger.error({ ...labels(route), reason }, 'the provider rejects our request'),
    environmentCorrected: (route: RouteLabels) =>
      logger.info(
        labels(route),
        'a device is of this APNs environment, not of the one it was registered for',
      ),
    pruneBraked: (route: RouteLabels, reason: string) => {
      metrics.braked.inc({ provider: route.provider.name, reason });
      logger.error(
        { ...labels(route), reason },
        'too many device tokens are called dead for one reason: pruning is stopped, check the app’s topic and key',
      );
    },
  };
}

/** That the store is away is said once, by the store itself: each part that notices it only counts it. */
function levelOf(error: unknown): 'debug' | 'error' {
  return error instanceof Error && error.name === 'StoreUnavailableError' ? 'debug' : 'error';
}

function troubleEvents(logger: Logger, metrics: Metrics) {
  const failed = (operation: string, error: unknown, message: string) => {
    metrics.storeFailures.inc({ operation });
    logger[levelOf(error)]({ err: error, operation }, message);
  };
  return {
    deadLettered: (letter: DeadLetter) =>
      logger.warn(
        {
          deadLetterId: letter.id,
          reason: letter.reason,
          route: letter.route,
          recipients: letter.recipients.length,
          messageId: letter.messageId,
        },
        'a push could not be delivered and is kept as a dead letter',
      ),
    entryBuried: (entry: InboxEntry, reason: string) =>
      logger.error({ entry: entry.id, reason }, 'an inbox entry became a dead letter'),
    entryFailed: (entry: InboxEntry, error: unknown) => {
      metrics.storeFailures.inc({ operation: 'entry' });
      logger[levelOf(error)](
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
