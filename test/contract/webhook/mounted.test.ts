import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { Registry } from 'prom-client';
import { createApi } from '../../../src/api/api';
import { createApiEvents } from '../../../src/observability/api-events';
import { systemClock } from '../../../src/domain/clock';
import { TraceReader } from '../../../src/trace/trace-reader';
import { apps } from '../api/harness';
import { openTestStore } from '../api/test-store';
import { offline, WebhookServer } from './webhook-server';

const path = '/webhook/s3cret?event=msg.offline';

describe('the webhook on the Express app', () => {
  let webhook: WebhookServer;
  let server: Server;
  const registry = new Registry();

  beforeAll(async () => {
    webhook = new WebhookServer({ secrets: ['s3cret'] });
    const store = await openTestStore();
    const quiet = { isDebugging: false, debug() {}, info() {}, warn() {}, error() {}, child: () => quiet };
    const app = createApi(
      {
        version: '1',
        apiKeys: ['k3y-of-the-server'],
        devicesPerUser: 1,
        adminElsewhere: false,
        webhook: webhook.handler,
      },
      {
        store,
        testPush: async () => [],
        replayDeadLetters: async () => ({ replayed: 0, skipped: {}, remaining: 0, nextCursor: null }),
        readiness: async () => ({ status: 'ready', checks: [] }),
        metricsText: () => registry.metrics(),
        forgetUser: async () => {},
        registered: () => {},
        connectionsOf: null,
        journey: { isFollowed: false, tell: () => {} },
        spans: null,
        traces: new TraceReader({
          traces: store.traces,
          sample: 0,
          recorder: null,
          maxAgeMs: 86_400_000,
          clock: systemClock,
        }),
        configuredApps: () => apps,
        webPushKey: () => null,
        clock: { now: () => Date.now(), monotonicMs: () => Date.now() },
        random: Math.random,
        events: createApiEvents({ logger: quiet, registry }),
      },
    );
    // As whoever embeds it does: behind an Express app of their own.
    server = createServer(express().use('/push', app).use(app));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });

  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const ask = (method: string, target: string, body?: string): Promise<Response> =>
    fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${target}`, {
      method,
      ...(body === undefined ? {} : { body }),
    });

  it('takes events', async () => {
    const answer = await ask('POST', path, offline());
    expect([answer.status, await answer.text()]).toEqual([200, '']);
    expect(webhook.appended).toHaveLength(1);
  });

  it('takes events below a path of the embedder', async () => {
    expect((await ask('POST', `/push${path}`, offline())).status).toBe(200);
    expect(webhook.appended).toHaveLength(2);
  });

  it('judges by its own secret and counts for itself', async () => {
    expect((await ask('POST', '/webhook?event=msg.offline', offline())).status).toBe(401);
    expect((await ask('GET', path)).status).toBe(405);
    expect((await ask('GET', '/webhook/a/b')).status).toBe(404);
    expect(await registry.metrics()).not.toMatch(/relay_api_requests_total\{/);
  });

  it('leaves all other paths to the API', async () => {
    expect((await ask('GET', '/healthz')).status).toBe(200);
    expect((await ask('GET', '/v1/users/a/devices')).status).toBe(401);
    expect((await ask('POST', '/webhooks?event=msg.offline', offline())).status).toBe(404);
  });
});
