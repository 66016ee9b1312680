import { Registry } from 'prom-client';
import { RouteHealth } from '../delivery/routes/route-health';
import type { RouteState } from '../delivery/routes/routes';
import { silentLogger } from '../domain/logger';
import type { Store } from '../store/ports/store';
import { registerGauges } from './gauges';

describe('gauges', () => {
  it('ask the store one question each time they are read, however many show its answer', async () => {
    const registry = new Registry();
    let asked = 0;
    const stats = async () => {
      asked += 1;
      return { depth: { direct: 3, bulk: 2 }, oldestReceivedAtMs: 1_000 };
    };
    const store = {
      inbox: { stats },
      retries: { counts: async () => ({}) },
      parked: { counts: async () => ({}) },
      deadLetters: { count: async () => 0 },
    } as unknown as Store;
    const clock = { now: () => 61_000, monotonicMs: () => 0 };
    registerGauges({
      registry,
      store,
      connections: () => new Map(),
      routes: () => [],
      clock,
      logger: silentLogger,
    });
    const text = await registry.metrics();
    expect(text).toContain('relay_inbox_depth{lane="direct"} 3');
    expect(text).toContain('relay_inbox_oldest_seconds 60');
    expect(asked).toBe(1);
    await registry.metrics();
    expect(asked).toBe(2);
  });

  it('show a route as failing until its quota is there again, though no push comes along', async () => {
    const registry = new Registry();
    let atMs = 0;
    const health = new RouteHealth();
    health.observe({ kind: 'exhausted', reason: 'daily quota', untilMs: 100 }, 0);
    const route = { provider: { name: 'oppo' }, app: 'default', lane: 'default', health };
    registerGauges({
      registry,
      store: {} as Store,
      connections: () => new Map(),
      routes: () => [route as unknown as RouteState],
      clock: { now: () => 0, monotonicMs: () => atMs },
      logger: silentLogger,
    });
    const failing = () => registry.getSingleMetricAsString('relay_routes_failing');
    const labels = '{provider="oppo",app="default",environment="default"}';
    expect(await failing()).toContain(`${labels} 1`);
    atMs = 100;
    expect(await failing()).toContain(`${labels} 0`);
  });
});
