import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { reply } from '../../src/sandbox/answer';
import {
  api,
  closeConnections,
  eventually,
  messageBody,
  metric,
  postMessage,
  registerApns,
  send,
} from '../helpers/client';
import { FakeCollector, type CollectedSpan } from '../helpers/collector';
import { describeOnEachStore } from '../helpers/each-store';
import { Fakes, webhookSecret } from '../helpers/fakes';
import { GrpcWuKongIm } from '../helpers/grpc-wukongim';
import type { RelayProcess, RelayProcessOptions } from '../helpers/relay-process';

const sendersSpan = '00f067aa0ba902b7';
const newTraceId = (): string => randomBytes(16).toString('hex');
const traceparent = (traceId: string, flags = '01'): string => `00-${traceId}-${sendersSpan}-${flags}`;

const isPush = ({ name }: CollectedSpan): boolean => name.startsWith('push ');
const isAccepted = (span: CollectedSpan): boolean =>
  isPush(span) && span.attributes['relay.outcome'] === 'accepted';

function named(spans: readonly CollectedSpan[], name: string): CollectedSpan {
  const found = spans.find((span) => span.name === name);
  if (found === undefined) throw new Error(`no span ${name} among ${spans.map((span) => span.name).join()}`);
  return found;
}

function postTraced(url: string, to: readonly string[], parent: string): ReturnType<typeof send> {
  return send(url, {
    method: 'POST',
    path: `/webhook/${webhookSecret}?event=msg.offline`,
    headers: { traceparent: parent },
    body: messageBody({ to, ...(to.length > 1 ? { channelId: 'team', channelType: 2 } : {}) }),
  });
}

describeOnEachStore(
  'spans for OpenTelemetry',
  (store) => {
    let fakes: Fakes;
    let collector: FakeCollector;
    let prefixes = 0;

    beforeAll(async () => (fakes = await Fakes.start()));
    beforeEach(async () => {
      fakes.sandbox.reset();
      collector = await FakeCollector.start();
    });
    afterEach(async () => {
      closeConnections();
      await collector[Symbol.asyncDispose]();
    });
    afterAll(() => fakes[Symbol.asyncDispose]());

    const start = (options: RelayProcessOptions = {}, prefix = `otel${(prefixes += 1)}:`) => {
      const { xiaomi } = fakes.sandbox.credentials;
      return fakes.startRelay({
        ...options,
        env: { ...store.env(), REDIS_PREFIX: prefix, ...options.env },
        yaml: JSON.stringify({
          otel: { endpoint: `${collector.endpoint}/` },
          server: { grpc_port: 0 },
          delivery: { retry: { unavailable: { apns_floor_seconds: 1, base_seconds: 0.5 } } },
          apps: {
            default: {
              xiaomi: {
                app_secret: xiaomi.appSecret,
                package_name: xiaomi.packageName,
                url: fakes.sandbox.xiaomi.url,
              },
            },
          },
        }),
      });
    };

    it('follow a webhook to the providers, within the trace of its sender', async () => {
      await using relay = await start();
      await registerApns(relay.url, 'ann');
      for (const uid of ['bea', 'cat'])
        await api(relay.url, 'PUT', `/users/${uid}/devices/phone`, {
          provider: 'xiaomi',
          token: `token-of-${uid}`,
        });
      const traceId = newTraceId();
      expect((await postTraced(relay.url, ['ann', 'bea', 'cat'], traceparent(traceId))).status).toBe(200);
      await collector.trace(traceId, ({ name }) => name === 'push apns');
      const spans = await collector.trace(traceId, ({ name }) => name === 'push xiaomi');
      const webhook = named(spans, 'POST /webhook');
      const fanOut = named(spans, 'fan-out');
      expect(webhook).toMatchObject({
        parentSpanId: sendersSpan,
        kind: 2,
        attributes: {
          'http.request.method': 'POST',
          'http.route': '/webhook',
          'http.response.status_code': 200,
          'relay.event': 'msg.offline',
          'relay.result': 'accepted',
          'relay.recipients': 3,
        },
      });
      expect(fanOut).toMatchObject({
        parentSpanId: webhook.spanId,
        kind: 1,
        attributes: { 'relay.recipients': 3, 'relay.deliveries': 3 },
      });
      const call = { 'relay.app': 'default', 'relay.attempt': 1, 'relay.outcome': 'accepted' };
      expect(named(spans, 'push apns')).toMatchObject({
        parentSpanId: fanOut.spanId,
        kind: 3,
        attributes: { ...call, 'relay.batch_size': 1, 'http.response.status_code': 200 },
      });
      expect(named(spans, 'push xiaomi')).toMatchObject({
        parentSpanId: fanOut.spanId,
        attributes: { ...call, 'relay.batch_size': 2, 'relay.accepted': 2, 'http.response.status_code': 200 },
      });
      const reported = collector.server.requests.map(({ body }) => body).join();
      for (const word of ['text of', 'ann', 'token-of', webhookSecret]) expect(reported).not.toContain(word);
      expect(reported).toContain('"service.name"');
    });

    it('tell of a refused push, and of a body that is none', async () => {
      await using relay = await start();
      await registerApns(relay.url, 'dan');
      fakes.sandbox.apns.script({ times: 1, answer: reply(410, 'Unregistered') });
      const traceId = newTraceId();
      await postTraced(relay.url, ['dan'], traceparent(traceId));
      expect(named(await collector.trace(traceId, isPush), 'push apns')).toMatchObject({
        status: { code: 2, message: 'Unregistered' },
        attributes: { 'relay.outcome': 'unregistered', 'http.response.status_code': 410 },
      });
      const path = `/webhook/${webhookSecret}?event=msg.offline`;
      const brokenTrace = newTraceId();
      const headers = { traceparent: traceparent(brokenTrace) };
      expect((await send(relay.url, { method: 'POST', path, headers, body: 'no JSON' })).status).toBe(400);
      const [broken] = await collector.trace(brokenTrace, () => true);
      expect(broken?.attributes).toMatchObject({
        'relay.result': 'invalid',
        'http.response.status_code': 400,
      });
    });

    it('follow pushes and calls of the app server, and the gRPC webhook', async () => {
      await using relay = await start();
      await registerApns(relay.url, 'eve');
      const [ofPush, ofCall, ofGrpc] = [newTraceId(), newTraceId(), newTraceId()];
      const push = { uids: ['eve'], notification: { body: 'hello' } };
      await api(relay.url, 'POST', '/push', push, {
        traceparent: traceparent(ofPush),
        'idempotency-key': 'of-eve',
      });
      const call = { call_id: 'c1', uids: ['eve'], from_uid: 'bob', type: 'invite' };
      await api(relay.url, 'POST', '/calls', call, { traceparent: traceparent(ofCall) });
      const wukongim = GrpcWuKongIm.of(relay);
      await wukongim.send('msg.offline', messageBody({ to: ['eve'] }), { traceparent: traceparent(ofGrpc) });
      wukongim.close();
      for (const [traceId, name] of [
        [ofPush, 'POST /v1/push'],
        [ofCall, 'POST /v1/calls'],
        [ofGrpc, 'wkhook.WebhookService/SendWebhook'],
      ] as const) {
        const spans = await collector.trace(traceId, isAccepted);
        const first = named(spans, name);
        expect(first).toMatchObject({ parentSpanId: sendersSpan, kind: 2 });
        expect(named(spans, 'fan-out').parentSpanId).toBe(first.spanId);
      }
    });

    it('keep a trace until a push is accepted by another process, after a restart', async () => {
      const prefix = `otel${(prefixes += 1)}:`;
      const first = await start({}, prefix);
      const { dataDir } = first;
      await registerApns(first.url, 'fay');
      fakes.sandbox.apns.script({ times: 1_000_000, answer: reply(503, 'Shutdown') });
      const traceId = newTraceId();
      await postTraced(first.url, ['fay'], traceparent(traceId));
      await collector.trace(traceId, isPush);
      first.signal('SIGTERM');
      await first.exit();
      const before = (await collector.trace(traceId, isPush)).map(({ spanId }) => spanId);
      fakes.sandbox.apns.reset();
      await using second = await start({ dataDir }, prefix);
      const spans = await collector.trace(traceId, isAccepted);
      const [last] = spans.filter(isAccepted);
      expect(before).not.toContain(last?.spanId);
      expect(last?.parentSpanId).toBe(named(spans, 'POST /webhook').spanId);
      expect(Number(last?.attributes['relay.attempt'])).toBeGreaterThan(1);
      expect(second.log.filter(({ level }) => level === 'error')).toEqual([]);
    });

    it('are left out where the sender samples its trace out, and begin one where there is no sender', async () => {
      await using relay = await start();
      await registerApns(relay.url, 'gus');
      const out = newTraceId();
      await postTraced(relay.url, ['gus'], traceparent(out, '00'));
      await fakes.sandbox.apns.waitForAccepted(1);
      await postTraced(relay.url, ['gus'], 'nonsense');
      const accepted = await eventually(
        () => Promise.resolve(collector.spans),
        (spans) => spans.some(isAccepted),
      );
      expect(named(accepted, 'POST /webhook').parentSpanId).toBe('');
      await relay.stop();
      expect(collector.spans.filter(({ traceId }) => traceId === out)).toEqual([]);
      expect(new Set(collector.spans.map(({ traceId }) => traceId)).size).toBe(1);
    });
  },
  ['embedded', 'redis'],
);

describe('a collector of spans', () => {
  let fakes: Fakes;
  let collector: FakeCollector;
  const loadedModules = join(__dirname, '../helpers/loaded-modules.cjs');

  beforeAll(async () => (fakes = await Fakes.start()));
  beforeEach(async () => {
    fakes.sandbox.reset();
    collector = await FakeCollector.start();
  });
  afterEach(async () => {
    closeConnections();
    await collector[Symbol.asyncDispose]();
  });
  afterAll(() => fakes[Symbol.asyncDispose]());

  const start = (env: Record<string, string> = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint }) =>
    fakes.startRelay({ env, nodeArgs: ['--require', loadedModules] });
  const lines = (relay: RelayProcess, event: string) => relay.log.filter((line) => line['event'] === event);
  const loadedBy = async (relay: RelayProcess): Promise<unknown> => {
    expect(await relay.stop()).toBe(0);
    return relay.log.find(({ openTelemetry }) => openTelemetry !== undefined)?.['openTelemetry'];
  };
  const push = async (relay: RelayProcess, uid: string): Promise<void> => {
    await registerApns(relay.url, uid);
    const before = await metric(relay.url, 'relay_deliveries_total', { outcome: 'accepted' });
    expect((await postMessage(relay.url, { to: [uid] })).status).toBe(200);
    await eventually(
      () => metric(relay.url, 'relay_deliveries_total', { outcome: 'accepted' }),
      (accepted) => accepted > before,
    );
  };

  it('that refuses is named once, and once it takes spans again', async () => {
    collector.server.answer = () => ({ status: 500, body: 'secret of the collector' });
    await using relay = await start();
    for (const uid of ['ann', 'bea', 'cat']) {
      const seen = collector.server.requests.length;
      await push(relay, uid);
      await collector.server.waitFor(seen + 1);
    }
    await relay.logged(({ event }) => event === 'otel_collector_away');
    collector.server.answer = () => ({ status: 200, body: '{}' });
    await push(relay, 'dan');
    await relay.logged(({ event }) => event === 'otel_collector_back');
    await relay.stop();
    expect(lines(relay, 'otel_collector_away')).toMatchObject([{ level: 'warn', reason: 'status 500' }]);
    expect(lines(relay, 'otel_collector_back')).toHaveLength(1);
    expect(JSON.stringify(relay.log)).not.toContain('secret of the collector');
  });

  it('that is silent holds up neither pushes nor the end of the process', async () => {
    collector.server.answer = () => null;
    await using relay = await start();
    await push(relay, 'ann');
    await collector.server.waitFor(1);
    await push(relay, 'bea');
    expect(await relay.stop()).toBe(0);
    expect(lines(relay, 'otel_collector_back')).toEqual([]);
  });

  it('that is down holds up neither pushes nor the end of the process', async () => {
    await collector.server.down();
    await using relay = await start();
    await push(relay, 'ann');
    expect(await relay.stop()).toBe(0);
  });

  it('gets the last spans when the relay stops', async () => {
    // The relay waits for 2 s at most, in which a busy machine may give the collector no turn. Then another relay tries.
    for (let round = 0; !collector.spans.some(isAccepted); round += 1) {
      const relay = await start();
      await push(relay, `ann${String(round)}`);
      expect(await loadedBy(relay)).toEqual(
        expect.arrayContaining(['exporter-trace-otlp-http', 'sdk-trace']),
      );
    }
  });

  it('that is not configured costs nothing: no library of OpenTelemetry is loaded', async () => {
    const relay = await start({});
    await registerApns(relay.url, 'ann');
    await postTraced(relay.url, ['ann'], traceparent(newTraceId()));
    await fakes.sandbox.apns.waitForAccepted(1);
    // The metrics' library loads OpenTelemetry's interfaces, which do nothing by themselves.
    expect(await loadedBy(relay)).toEqual(['api']);
    expect(collector.server.requests).toEqual([]);
  });
});
