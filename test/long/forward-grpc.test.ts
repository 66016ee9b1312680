import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { status } from '@grpc/grpc-js';
import {
  api,
  closeConnections,
  eventually,
  metric,
  postEvent,
  postFixture,
  readFixture,
  registerApns,
} from '../helpers/client';
import { Fakes } from '../helpers/fakes';
import { FakeGrpcReceiver } from '../helpers/grpc-receiver';
import { GrpcWuKongIm } from '../helpers/grpc-wukongim';
import { temporaryDirectory, type RelayProcess } from '../helpers/relay-process';

const statusBody = (line: string) => JSON.stringify([line]);

describe('webhooks for a gRPC receiver that was there before', () => {
  let fakes: Fakes;
  let receiver: FakeGrpcReceiver;

  beforeAll(async () => (fakes = await Fakes.start()));
  beforeEach(async () => (receiver = await FakeGrpcReceiver.start()));
  afterEach(async () => {
    closeConnections();
    await receiver[Symbol.asyncDispose]();
  });
  afterAll(() => fakes[Symbol.asyncDispose]());

  const start = (keys: string, dataDir?: string): Promise<RelayProcess> =>
    fakes.startRelay({
      // As the HTTP client, it uses no proxy of the environment for plaintext.
      env: { http_proxy: 'http://127.0.0.1:9', grpc_proxy: 'http://127.0.0.1:9' },
      yaml: `webhook: { forward: [{ ${keys} }] }`,
      ...(dataDir === undefined ? {} : { dataDir }),
    });
  const taken = (relay: RelayProcess, count: number) =>
    eventually(
      () => metric(relay.url, 'relay_forwards_total', { result: 'taken' }),
      (value) => value === count,
    );

  it('come unchanged, however large; messages to be pushed do not', async () => {
    await using relay = await start(`url: "${receiver.url}", secret: the-token-of-octo`);
    await registerApns(relay.url, 'carol');
    for (const name of ['v2/person-text', 'v2/notify-single', 'v2/online-app-connect'])
      expect((await postFixture(relay.url, name)).status).toBe(200);
    const large = `"${'\u{1F600}'.repeat(2 * 1024 ** 2)}"`;
    expect((await postEvent(relay.url, 'robot.event', large)).status).toBe(200);
    await receiver.waitFor(3);
    await fakes.sandbox.apns.waitForAccepted(1);
    await taken(relay, 3);
    const got = new Map(receiver.calls.map((call) => [call.event, call]));
    expect([...got.keys()].sort()).toEqual(['msg.notify', 'robot.event', 'user.onlinestatus']);
    expect(got.get('msg.notify')).toMatchObject({
      data: readFixture('v2/notify-single').body,
      metadata: { via: '1.1 wukongim-push-relay', auth_token: 'the-token-of-octo' },
    });
    expect(got.get('robot.event')?.data === large).toBe(true);
    await eventually(
      () => metric(relay.url, 'relay_forward_depth', { target: receiver.host }),
      (depth) => depth === 0,
    );
  });

  it('wait while the receiver is away, and keep the order of online statuses', async () => {
    const codes = [status.UNAVAILABLE, null, status.INTERNAL, status.UNIMPLEMENTED, null];
    receiver.answer = () => {
      const code = codes.shift() ?? null;
      return code === null ? { status: 'Success' } : { code };
    };
    await using relay = await start(`url: "${receiver.url}"`);
    const statuses = ['ann-0-1-11-1-1', 'ann-0-0-11-0-0', 'ann-0-1-12-1-1'];
    for (const line of statuses)
      expect((await postEvent(relay.url, 'user.onlinestatus', statusBody(line))).status).toBe(200);
    await taken(relay, 3);
    const bodies = receiver.calls.map(({ data }) => data);
    expect(bodies.filter((body, at) => body !== bodies[at - 1])).toEqual(statuses.map(statusBody));
    await relay.logged(
      ({ event, reason }) => event === 'forward_receiver_away' && /^[A-Z_]+$/.test(String(reason)),
    );
    await relay.logged(({ event }) => event === 'forward_receiver_back');
  });

  it('arrive soon after the receiver is back', async () => {
    receiver.down();
    await using relay = await start(`url: "${receiver.url}"`);
    await postFixture(relay.url, 'v2/notify-single');
    await relay.logged(({ event }) => event === 'forward_receiver_away');
    await receiver.up();
    await receiver.waitFor(1);
    await taken(relay, 1);
    expect(receiver.calls).toHaveLength(1);
  });

  it.each([
    ['status Error', { status: 'Error' }],
    ['an error without a code of its own', { code: status.UNKNOWN }],
    ['"too large"', { code: status.RESOURCE_EXHAUSTED }],
  ] as const)('pass one that the receiver answers with %s', async (_, refusal) => {
    receiver.answer = ({ data }) => (data === '"bad"' ? refusal : { status: 'Success' });
    await using relay = await start(`url: "${receiver.url}"`);
    await postEvent(relay.url, 'robot.event', '"bad"');
    await receiver.waitFor(1);
    for (let count = 0; count < 5; count += 1) await postEvent(relay.url, 'robot.event', '"good"');
    await taken(relay, 5);
    await relay.logged(({ event }) => event === 'forward_refused');
    await receiver.waitFor(8);
    receiver.answer = () => ({ status: 'Success' });
    await taken(relay, 6);
  });

  it('leave a connection that leads nowhere any more', async () => {
    const sockets: Socket[] = [];
    const path = createServer((socket) => {
      const isFirst = sockets.length === 0;
      sockets.push(socket);
      socket.on('error', () => undefined);
      if (isFirst) return void socket.resume();
      const onward = connect(receiver.port, '127.0.0.1');
      onward.on('error', () => socket.destroy());
      onward.on('close', () => socket.destroy());
      socket.on('close', () => onward.destroy());
      socket.pipe(onward).pipe(socket);
      return undefined;
    }).listen(0, '127.0.0.1');
    await once(path, 'listening');
    const { port } = path.address() as AddressInfo;
    await using relay = await start(`url: "grpc://127.0.0.1:${port}", timeout_ms: 500`);
    await postFixture(relay.url, 'v2/notify-single');
    await receiver.waitFor(1);
    await taken(relay, 1);
    for (const socket of sockets) socket.destroy();
    path.close();
  });

  it('do not hold up a stop, and survive a kill', async () => {
    receiver.answer = () => null;
    const dataDir = await temporaryDirectory();
    const keys = `url: "${receiver.url}", timeout_ms: 60s`;
    const first = await start(keys, dataDir);
    await postFixture(first.url, 'v2/notify-single');
    await receiver.waitFor(1);
    const startedAtMs = performance.now();
    expect(await first.stop()).toBe(0);
    expect(performance.now() - startedAtMs).toBeLessThan(30_000);
    const second = await start(keys, dataDir);
    await receiver.waitFor(2);
    second.signal('SIGKILL');
    await second.exit();
    receiver.answer = () => ({ status: 'Success' });
    const third = await start(keys, dataDir);
    await receiver.waitFor(3);
    await taken(third, 1);
    await third.stop();
    expect(new Set(receiver.calls.map(({ data }) => data))).toEqual(
      new Set([readFixture('v2/notify-single').body]),
    );
    await rm(dataDir, { recursive: true, force: true });
  });

  it('that it does not take in time become dead letters, which can be sent again', async () => {
    receiver.down();
    await using relay = await start(`url: "${receiver.url}", max_age: 1s`);
    await postFixture(relay.url, 'v2/notify-single');
    const letters = async () =>
      (await api(relay.url, 'GET', '/dead-letters')).body as unknown as { items: { id: string }[] };
    const { items } = await eventually(letters, (page) => page.items.length === 1);
    expect(items).toMatchObject([
      { source: 'forward', reason: 'forward_expired', route: expect.stringMatching(`^${receiver.host}#`) },
    ]);
    await receiver.up();
    await api(relay.url, 'POST', '/dead-letters/replay', { ids: [items[0]?.id] });
    await eventually(
      async () => {
        const page = await letters();
        // The receiver may count as away for longer than the event lives.
        const ids = page.items.map(({ id }) => id);
        if (ids.length > 0) await api(relay.url, 'POST', '/dead-letters/replay', { ids });
        return receiver.calls.length;
      },
      (count) => count > 0,
    );
    expect(receiver.calls[0]).toMatchObject({ event: 'msg.notify' });
  });

  it('that ask for an answer get that of the receiver, and an empty one without it', async () => {
    await using relay = await start(`url: "${receiver.url}", timeout_ms: 3000`);
    const ask = async () => {
      const { status: code, text } = await postEvent(relay.url, 'msg.before_send', '{"x":1}');
      return [code, text];
    };
    receiver.answer = () => ({ status: 'Success', data: '{"reason":"blocked"}' });
    expect(await ask()).toEqual([200, '{"reason":"blocked"}']);
    for (const answer of [{ status: 'Error', data: 'x' } as const, { code: status.INTERNAL }, null]) {
      receiver.answer = () => answer;
      expect(await ask()).toEqual([200, '']);
    }
    receiver.down();
    expect(await ask()).toEqual([200, '']);
  });

  it('get an answer over gRPC byte for byte', async () => {
    await using relay = await fakes.startRelay({
      yaml: `server: { grpc_port: 0 }\nwebhook: { forward: [{ url: "${receiver.url}" }] }`,
    });
    const data = Buffer.from([0, 0x80, 0xff, 0xfe, 10]);
    receiver.answer = () => ({ status: 'Success', data });
    const wukongim = GrpcWuKongIm.of(relay);
    expect(await wukongim.send('msg.before_send', '{}')).toEqual({ status: 'Success', data });
    wukongim.close();
  });

  it('are not sent in a circle by a relay that names itself', async () => {
    const { port } = receiver;
    receiver.down();
    await using relay = await fakes.startRelay({
      yaml: `server: { grpc_port: ${port} }\nwebhook: { forward: [{ url: "grpc://127.0.0.1:${port}" }] }`,
    });
    await postEvent(relay.url, 'robot.event', '{}');
    await relay.logged(({ event }) => event === 'webhook_not_forwarded_again');
    await taken(relay, 1);
  });
});
