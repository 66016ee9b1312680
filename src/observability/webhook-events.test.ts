import { Registry } from 'prom-client';
import { silentLogger } from '../domain/logger';
import { createWebhookEvents } from './webhook-events';
import { lostCauses } from './webhook-labels';

describe('webhook events', () => {
  it('show every cause of a loss as 0 from the start', async () => {
    const registry = new Registry();
    createWebhookEvents({ logger: silentLogger, registry });
    const text = await registry.metrics();
    for (const cause of lostCauses) expect(text).toContain(`relay_events_lost_total{cause="${cause}"} 0`);
  });

  it('show offline messages as 0 from the start', async () => {
    const registry = new Registry();
    createWebhookEvents({ logger: silentLogger, registry });
    expect(await registry.metrics()).toContain(
      'relay_webhook_requests_total{event="msg.offline",result="accepted"} 0',
    );
  });

  it('count requests by event and result, once however often they are scraped', async () => {
    const registry = new Registry();
    const events = createWebhookEvents({ logger: silentLogger, registry });
    events.answered('msg.offline', 'accepted', 3);
    events.answered('msg.offline', 'accepted', 30);
    events.observeBodies(() => ({ bytes: 42, waiting: 0 }));
    await registry.metrics();
    const text = await registry.metrics();
    expect(text).toContain('relay_webhook_requests_total{event="msg.offline",result="accepted"} 2');
    expect(text).toContain('relay_webhook_duration_seconds_bucket{le="0.005"} 1');
    expect(text).toContain('relay_webhook_bytes_in_flight 42');
  });

  it('name an event that is not used once, and only so many', () => {
    const lines: object[] = [];
    const logger = { ...silentLogger, info: (fields: object) => void lines.push(fields) };
    let nowMs = 0;
    const events = createWebhookEvents({
      logger,
      registry: new Registry(),
      clock: { now: () => nowMs, monotonicMs: () => (nowMs += 1_000) },
    });
    for (let count = 0; count < 3; count += 1) events.eventIgnored({ requestId: 'r', name: 'msg.other' });
    expect(lines).toHaveLength(1);
    for (let count = 0; count < 1_000; count += 1) events.eventIgnored({ requestId: 'r', name: `n${count}` });
    expect(lines).toHaveLength(64);
  });

  it('hold back log lines beyond their number a second, and say how many', () => {
    let nowMs = 5_000;
    const lines: object[] = [];
    const logger = { ...silentLogger, warn: (fields: object) => void lines.push(fields) };
    const events = createWebhookEvents({
      logger,
      registry: new Registry(),
      clock: { now: () => nowMs, monotonicMs: () => nowMs },
    });
    const refuse = (): void => events.strangerRefused({ requestId: 'r', reason: 'secret', address: null });
    for (let count = 0; count < 100; count++) refuse();
    expect(lines).toHaveLength(20);
    nowMs += 1_000;
    refuse();
    expect(lines.at(-1)).toMatchObject({ suppressed: 80 });
  });
});
