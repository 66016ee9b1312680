import { Gauge, type Registry } from 'prom-client';
import type { Clock } from '../domain/clock';
import type { Logger } from '../domain/logger';
import type { RouteState } from '../delivery/routes/routes';
import { labels } from '../observability/device-events';
import type { Provider } from '../providers/provider';
import type { Store } from '../store/ports/store';

export interface GaugesContext {
  readonly registry: Registry;
  readonly store: Store;
  readonly connections: () => ReadonlyMap<Provider, number>;
  readonly routes: () => Iterable<RouteState>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Gauges that ask the store when they are read. A store that cannot answer leaves them as they were. */
export function registerGauges(context: GaugesContext): void {
  const { registry, store, clock } = context;
  const registers = [registry];
  const stats = shared(() => store.inbox.stats());
  const depth = new Gauge({
    name: 'relay_inbox_depth',
    help: 'Inbox entries not settled',
    labelNames: ['lane'],
    registers,
    collect: asking(context, async () => {
      const { direct, bulk } = (await stats()).depth;
      depth.set({ lane: 'direct' }, direct);
      depth.set({ lane: 'bulk' }, bulk);
    }),
  });
  const oldest = new Gauge({
    name: 'relay_inbox_oldest_seconds',
    help: 'Age of the oldest inbox entry, parked work not counted; 0 when empty',
    registers,
    collect: asking(context, async () => {
      const { oldestReceivedAtMs } = await stats();
      oldest.set(oldestReceivedAtMs === null ? 0 : Math.max(0, clock.now() - oldestReceivedAtMs) / 1000);
    }),
  });
  const parked = new Gauge({
    name: 'relay_parked',
    help: 'Deliveries that wait for a refused credential',
    registers,
    collect: asking(context, async () => {
      parked.set(sum(await store.parked.counts()));
    }),
  });
  const retries = new Gauge({
    name: 'relay_retries_pending',
    help: 'Deliveries that wait for their next attempt',
    registers,
    collect: asking(context, async () => {
      retries.set(sum(await store.retries.counts()));
    }),
  });
  const dead = new Gauge({
    name: 'relay_dead_letters',
    help: 'Dead letters kept',
    registers,
    collect: asking(context, async () => {
      dead.set(await store.deadLetters.count());
    }),
  });
  registerRouteGauges(context);
}

function registerRouteGauges({
  registry,
  connections: countConnections,
  routes,
  clock,
}: GaugesContext): void {
  const registers = [registry];
  const connections = new Gauge({
    name: 'relay_provider_connections',
    help: 'HTTP/2 connections to providers',
    labelNames: ['provider'],
    registers,
    collect: () => {
      connections.reset();
      for (const [provider, open] of countConnections()) connections.inc({ provider: provider.name }, open);
    },
  });
  const failing = new Gauge({
    name: 'relay_routes_failing',
    help: '1 while no push gets through, because the provider does not answer, slows everyone down, or its quota is used up',
    labelNames: ['provider', 'app', 'environment'],
    registers,
    // As readiness sees it: a used-up quota is there again at its time, whether a push comes along or not.
    collect: () => {
      failing.reset();
      for (const route of routes())
        failing.set(labels(route), route.health.outage(clock.monotonicMs()) === null ? 0 : 1);
    },
  });
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}

/** Gauges are read side by side, each as soon as its own `collect` is done: those of one question share its answer. */
function shared<T>(ask: () => Promise<T>): () => Promise<T> {
  let asked: Promise<T> | null = null;
  return () => {
    asked ??= ask().finally(() => (asked = null));
    return asked;
  };
}

function asking(context: GaugesContext, ask: () => Promise<void>): () => Promise<void> {
  return () =>
    ask().catch((error: unknown) =>
      context.logger.debug({ event: 'gauge_failed', err: error }, 'gauge not read'),
    );
}
