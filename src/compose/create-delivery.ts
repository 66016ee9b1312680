import type { Registry } from 'prom-client';
import type { Config } from '../config/config';
import { DeliveryEngine } from '../delivery/delivery-engine';
import type { Clock, Random } from '../domain/clock';
import { noFeedback, type Feedback } from '../feedback/feedback';
import type { Journey } from '../domain/journey';
import type { Logger } from '../domain/logger';
import type { Forwarder } from '../forward/forwarder';
import { createDeliveryEvents } from '../observability/delivery-events';
import type { Spans } from '../observability/spans/spans';
import type { Provider } from '../providers/provider';
import type { Store } from '../store/ports/store';
import type { CalledServices } from './called/called-services';
import { toContentOptions } from './content-options';
import { toDeliveryOptions } from './delivery-options';
import type { ProviderSet } from './providers/create-providers';

interface DeliveryParts {
  readonly config: Config;
  readonly store: Store;
  /** Null: no receiver gets the webhooks beside the relay. */
  readonly forwarder: Forwarder | null;
  /** Null: the app's server is told nothing. */
  readonly feedback: Feedback | null;
  readonly set: Pick<ProviderSet, 'rateOf'>;
  readonly journey: Journey;
  readonly spans: Spans | null;
  readonly registry: Registry;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly random: Random;
}

/** `providers`: those of the set, as the relay uses them. */
export function createDelivery(
  parts: DeliveryParts,
  called: CalledServices,
  providers: readonly Provider[],
): DeliveryEngine {
  const { config, registry, logger, clock, random, store, journey, spans } = parts;
  const feedback = parts.feedback ?? noFeedback;
  const events = createDeliveryEvents({ logger, registry, clock, feedback });
  const engine = new DeliveryEngine({
    options: toDeliveryOptions(config),
    ...toContentOptions(config),
    directLaneMax: config.delivery.lanes.directMaxRecipients,
    forwardAgain: (letter, receivedAtMs) =>
      parts.forwarder?.again(letter, receivedAtMs) ?? Promise.resolve(false),
    deviceExpireAfterMs: config.devices.expireAfterMs,
    storm: config.delivery.storm,
    rateOf: parts.set.rateOf,
    store,
    ...called,
    presence: config.presence,
    providers,
    events,
    journey,
    spans,
    logger,
    clock,
    random,
  });
  for (const route of engine.routes.all()) events.routeConfigured(route);
  return engine;
}
