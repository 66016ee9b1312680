import type { Registry } from 'prom-client';
import type { ApiServices } from '../api/services';
import type { Config } from '../config/config';
import type { DeliveryEngine } from '../delivery/delivery-engine';
import type { Clock, Random } from '../domain/clock';
import type { Logger } from '../domain/logger';
import type { Forwarder } from '../forward/forwarder';
import type { FeedbackSender } from '../feedback/feedback-sender';
import { createApiEvents } from '../observability/api-events';
import type { Spans } from '../observability/spans/spans';
import { SharedScrape } from '../observability/metrics/shared-scrape';
import type { Provider } from '../providers/provider';
import type { Store } from '../store/ports/store';
import type { CalledServices } from './called/called-services';
import { feedbackCheck } from './called/feedback';
import { wukongimChecks } from './called/wukongim';
import type { Journey } from '../domain/journey';
import { TraceReader } from '../trace/trace-reader';
import type { TraceRecorder } from '../trace/trace-recorder';
import { configuredApps } from './configured-apps';
import { readiness } from './readiness';
import type { TangsengdaodaoParts } from './tangsengdaodao';
import type { UserTokenParts } from './user-tokens';

export interface ApiServicesParts extends CalledServices {
  readonly config: Config;
  readonly store: Store;
  readonly delivery: DeliveryEngine;
  readonly providers: readonly Provider[];
  readonly forwarder: Forwarder | null;
  /** Null: the app's server is told nothing. */
  readonly feedback: FeedbackSender | null;
  /** Null: users have no tokens. */
  readonly userTokens: UserTokenParts | null;
  readonly journey: Journey;
  readonly spans: Spans | null;
  readonly recorder: TraceRecorder | null;
  readonly tangsengdaodao: TangsengdaodaoParts | null;
  /** Webhook bodies that are not read because there is no room for them. */
  readonly bodiesWaiting: () => number;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** What the API asks of the rest of the relay. */
export function createApiServices(parts: ApiServicesParts): ApiServices {
  const { config, store, delivery, providers, forwarder, resolver, onlineUsers } = parts;
  const { registry, clock, random, logger } = parts;
  const scrape = new SharedScrape(() => registry.metrics());
  return {
    store,
    testPush: (uid) => delivery.testPush(uid),
    registered: (before, device) => delivery.registered(before, device),
    replayDeadLetters: (request) => delivery.replayDeadLetters(request),
    journey: parts.journey,
    spans: parts.spans,
    traces: new TraceReader({
      traces: store.traces,
      sample: config.trace.sample,
      recorder: parts.recorder,
      maxAgeMs: config.trace.maxAgeMs,
      clock,
    }),
    forgetUser: async (uid) => resolver?.forget(uid),
    connectionsOf:
      onlineUsers === null ? null : async (uid) => (await onlineUsers.find([uid])).get(uid) ?? null,
    configuredApps: () => configuredApps(config),
    webPushKey: (app) => publicKeyOf(providers, app),
    readiness: () =>
      readiness({
        config,
        store,
        forwards: forwarder?.figures() ?? [],
        forwardHealth: async () => (await forwarder?.health()) ?? [],
        routes: delivery.routes,
        resolver,
        more: [
          ...(onlineUsers === null ? [] : wukongimChecks(onlineUsers)),
          ...(parts.feedback === null ? [] : [feedbackCheck(parts.feedback)]),
          ...(parts.userTokens?.checks() ?? []),
          ...(parts.tangsengdaodao?.checks() ?? []),
        ],
        clock,
        bodiesWaiting: parts.bodiesWaiting(),
      }),
    metricsText: () => scrape.text(),
    clock,
    random,
    events: createApiEvents({ logger, registry, clock }),
  };
}

function publicKeyOf(providers: readonly Provider[], app: string): string | null {
  const keys = providers.filter((provider) => provider.app === app).map(({ publicKey }) => publicKey ?? '');
  return keys.find((key) => key !== '') ?? null;
}
