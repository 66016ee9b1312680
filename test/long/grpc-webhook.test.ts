import { once } from 'node:events';
import { connect, type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2';
import { closeConnections, eventually, metric, readFixture, registerApns } from '../helpers/client';
import { describeOnEachStore } from '../helpers/each-store';
import { Fakes } from '../helpers/fakes';
import { GrpcWuKongIm } from '../helpers/grpc-wukongim';
import { FakeReceiver } from '../helpers/receiver';
import type { RelayProcess } from '../helpers/relay-process';

describeOnEachStore(
  'the gRPC webhook of WuKongIM v2',
  (store) => {
    let fakes: Fakes;
    let receiver: FakeReceiver;
    let relay: RelayProcess;
    let server: GrpcWuKongIm;

    beforeAll(async () => {
      fakes = await Fakes.start();
      receiver = await FakeReceiver.start();
      relay = await fakes.startRelay({
        env: store.env(),
        yaml: `server: { grpc_port: 0 }\nwebhook: { forward: [{ url: "${receiver.url}" }] }`,
      });
      server = GrpcWuKongIm.of(relay);
    });

    afterAll(async () => {
      server.close();
      closeConnections();
      await relay.stop();
      await receiver[Symbol.asyncDispose]();
      await fakes[Symbol.asyncDispose]();
    });

    it('brings messages to phones, and answers once they are durable', async () => {
      await registerApns(relay.url, 'carol');
      const answer = await server.send('msg.offline', readFixture('v2/person-text').body);
      expect(answer).toMatchObject({ status: 'Success', data: Buffer.alloc(0) });
      await fakes.sandbox.apns.waitForAccepted(1);
      expect(await metric(relay.url, 'relay_webhook_requests_total', { result: 'accepted' })).toBe(1);
    });

    it('takes the other events, forwards them, and passes on answers', async () => {
      await server.send('user.onlinestatus', readFixture('v2/online-app-connect').body);
      await server.send('msg.notify', readFixture('v2/notify-single').body);
      const got = await receiver.waitFor(2);
      // As over HTTP: a receiver may insist on it.
      expect(got.map(({ headers }) => headers['content-type'])).toEqual(Array(2).fill('application/json'));
      receiver.answer = () => ({ status: 200, body: '{"ok":1}' });
      const granted = await server.send('msg.before_send', '{}');
      expect(granted).toMatchObject({ status: 'Success', data: Buffer.from('{"ok":1}') });
      receiver.answer = () => ({ status: 403, body: '{"ok":0}' });
      const refused = await server.send('msg.before_send', '{}');
      expect(refused).toMatchObject({ status: 'Error', data: Buffer.from('{"ok":0}') });
      receiver.answer = () => ({ status: 200 });
      await eventually(
        () => metric(relay.url, 'relay_forwards_total', { result: 'taken' }),
        (taken) => taken === 2,
      );
    });

    it('takes a message of 100,000 recipients', async () => {
      const fixture = JSON.parse(readFixture('v2/group-three-client').body) as object;
      const uids = Array.from(
        { length: 100_000 },
        (_, at) => `member-number-${at}-with-a-long-name-of-its-own`,
      );
      const body = JSON.stringify({ ...fixture, message_id: 7, message_idstr: '7', to_uids: uids });
      expect(body.length).toBeGreaterThan(4 * 1024 ** 2);
      expect(await server.send('msg.offline', body)).toMatchObject({ status: 'Success' });
    });

    it.each([
      ['what is no JSON', 'msg.offline', 'nonsense'],
      ['no event', '', '{}'],
    ])('answers %s with INVALID_ARGUMENT', async (_, event, data) => {
      await expect(server.send(event, data)).rejects.toMatchObject({ code: 3 });
    });

    it('takes an event that nobody knows', async () => {
      expect(await server.send('robot.event', 'anything')).toMatchObject({ status: 'Success' });
    });
  },
  ['embedded', 'redis'],
);

describe('the gRPC webhook', () => {
  it('answers nobody whose address may not call', async () => {
    await using fakes = await Fakes.start();
    await using relay = await fakes.startRelay({
      env: { WEBHOOK_ALLOW_FROM: '10.9.9.9' },
      yaml: 'server: { grpc_port: 0 }',
    });
    const stranger = GrpcWuKongIm.of(relay);
    await expect(stranger.send('msg.notify', '[]')).rejects.toMatchObject({ code: 7 });
    await relay.logged(({ reason, address }) => reason === 'address' && address === '127.0.0.1');
    stranger.close();
    // Nothing of what a stranger sends is waited for, and nothing of it kept.
    const session = connectTo(relay);
    const call = openCall(session, 31);
    const [headers] = (await once(call, 'response')) as [Record<string, string>];
    expect(headers['grpc-status']).toBe('7');
    await once(call, 'close');
    session.destroy();
  });

  it('reads of calls that never end what fits in the memory of webhooks, and serves others meanwhile', async () => {
    await using fakes = await Fakes.start();
    await using relay = await fakes.startRelay({
      yaml: 'server: { grpc_port: 0 }\nwebhook: { max_body_bytes: 4MiB, max_inflight_bytes: 16MiB }',
    });
    const sessions = Array.from({ length: 8 }, () => connectTo(relay));
    for (const session of sessions)
      for (let each = 0; each < 8; each += 1) void pour(openCall(session, 4), 3);
    // 192 MiB are on their way.
    await eventually(
      () => metric(relay.url, 'relay_webhook_bodies_waiting'),
      (waiting) => waiting > 0,
    );
    const server = GrpcWuKongIm.of(relay);
    expect(await server.send('msg.notify', '[]')).toMatchObject({ status: 'Success' });
    expect(await metric(relay.url, 'relay_webhook_bytes_in_flight')).toBeLessThan(32 * 1024 ** 2);
    server.close();
    for (const session of sessions) session.destroy();
  });

  it('tells and counts the events of calls that it does not read to their end', async () => {
    await using fakes = await Fakes.start();
    await using relay = await fakes.startRelay({
      yaml: 'server: { grpc_port: 0 }\nwebhook: { max_body_bytes: 1MiB }',
    });
    const server = GrpcWuKongIm.of(relay);
    const tooLarge = '[]'.padEnd(1024 ** 2 + 1);
    await expect(server.send('msg.offline', tooLarge)).rejects.toMatchObject({ code: 8 });
    await relay.logged(({ event }) => event === 'webhook_body_too_large');
    expect(await metric(relay.url, 'relay_events_lost_total', { cause: 'body_too_large' })).toBe(1);
    const session = connectTo(relay);
    await pour(openCall(session, 1), 0.5);
    await eventually(
      () => metric(relay.url, 'relay_webhook_bytes_in_flight'),
      (bytes) => bytes > 0,
    );
    session.destroy();
    await relay.logged(({ event }) => event === 'webhook_aborted');
    server.close();
  });
});

function connectTo(relay: RelayProcess): ClientHttp2Session {
  const line = relay.log.find(({ grpcAddress }) => typeof grpcAddress === 'string');
  const session = connect(`http://${String(line?.['grpcAddress'])}`);
  session.on('error', () => {});
  return session;
}

/** A call that announces a message of so many MiB. */
function openCall(session: ClientHttp2Session, mebibytes: number): ClientHttp2Stream {
  const call = session.request({
    ':method': 'POST',
    ':path': '/wkhook.WebhookService/SendWebhook',
    'content-type': 'application/grpc',
    te: 'trailers',
  });
  call.on('error', () => {});
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(mebibytes * 1024 ** 2, 1);
  call.write(prefix);
  return call;
}

/** As fast as it is read, so many MiB, and no end. */
async function pour(call: ClientHttp2Stream, mebibytes: number): Promise<void> {
  const piece = Buffer.alloc(64 * 1024);
  for (let sent = 0; sent < mebibytes * 16 && !call.destroyed; sent += 1)
    if (!call.write(piece)) await Promise.race([once(call, 'drain'), once(call, 'close')]).catch(() => {});
}
