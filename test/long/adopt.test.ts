import { createHmac } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import {
  apnsToken,
  closeConnections,
  eventually,
  metric,
  readFixture,
  registerApns,
  send,
  type Fixture,
} from '../helpers/client';
import { Fakes, webhookSecret } from '../helpers/fakes';
import { FakeGrpcReceiver } from '../helpers/grpc-receiver';
import { GrpcWuKongIm } from '../helpers/grpc-wukongim';
import { FakeReceiver } from '../helpers/receiver';
import { describeWithRedis, RedisServer } from '../helpers/redis-server';
import { RelayProcess, temporaryDirectory } from '../helpers/relay-process';
import { runCommand } from '../helpers/run-command';

const guides = readFileSync(join(__dirname, '../../docs/adopt.md'), 'utf8');

/** The pieces of configuration that a section of the guide gives, in their order. */
function configurations(section: string): readonly string[] {
  const [, after = ''] = guides.split(`\n## ${section}\n`);
  const [text = ''] = after.split('\n## ');
  return [...text.matchAll(/^( *)```yaml\n([\s\S]*?)^ *```/gm)].map(([, indent = '', block = '']) =>
    block.replace(new RegExp(`^${indent}`, 'gm'), ''),
  );
}

/** What the guide names, by what it is here. Throws where the guide does not name it (any more). */
function filledIn(yaml: string, names: Readonly<Record<string, string>>): string {
  return Object.entries(names).reduce((text, [name, here]) => {
    expect(text).toContain(name);
    return text.replace(name, here);
  }, yaml);
}

/** WuKongIM as far as `webhook.httpAddr` goes: recorded requests, to the address that is set. */
async function post(address: string, { event, headers, body }: Fixture): Promise<number> {
  const { 'User-Agent': agent = '', 'Content-Type': type = '' } = headers;
  const { origin, pathname } = new URL(address);
  const { status } = await send(origin, {
    method: 'POST',
    path: `${pathname}?event=${event}`,
    headers: { 'user-agent': agent, 'content-type': type },
    body,
  });
  return status;
}

const recordings = ['v2', 'main'].flatMap((version) =>
  readdirSync(join(__dirname, '../fixtures/wukongim', version)).map((file) =>
    readFixture(`${version}/${file.replace(/\.json$/, '')}`),
  ),
);
const others = recordings.filter(({ event }) => event !== 'msg.offline');
const toPush = readFixture('v2/person-client-text');
const beforeAndAfter = readFixture('v2/person-text');

describe('the guides of docs/adopt.md', () => {
  let fakes: Fakes;
  let files: string;

  beforeAll(async () => {
    fakes = await Fakes.start();
    files = await temporaryDirectory();
    await writeFile(join(files, 'webhook'), `${webhookSecret}\n`);
    await writeFile(join(files, 'octo'), 'secret-of-octo\n');
  });
  afterAll(async () => {
    closeConnections();
    await fakes[Symbol.asyncDispose]();
  });

  const address = (relay: RelayProcess) => `${relay.url}/webhook/${webhookSecret}`;
  const isDrained = (relay: RelayProcess) =>
    eventually(
      () => metric(relay.url, 'relay_forward_depth'),
      (depth) => depth === 0,
    );

  it('beside your own receiver: it gets what it got before, phones ring, and back again', async () => {
    await using receiver = await FakeReceiver.start();
    for (const recording of [...others, beforeAndAfter])
      expect(await post(receiver.url, recording)).toBe(200);
    const before = receiver.requests
      .splice(0)
      .map(({ url, headers, body }) => [url, headers['content-type'], body]);

    const yaml = filledIn(configurations('Steps')[0] ?? '', {
      '/run/secrets/webhook': join(files, 'webhook'),
      'http://my-server:8090/v1/webhook': receiver.url,
    });
    const { WEBHOOK_SECRET: _, ...env } = fakes.env;
    await writeFile(join(files, 'relay.yaml'), yaml);
    const shown = await runCommand(['check-config'], {
      env: { ...env, RELAY_CONFIG: join(files, 'relay.yaml') },
    });
    expect(shown.stdout).toContain(receiver.host);

    const relay = await RelayProcess.start({ env, yaml });
    await registerApns(relay.url, 'carol');
    for (const recording of [...others, toPush]) expect(await post(address(relay), recording)).toBe(200);
    await fakes.sandbox.apns.waitForAccepted(1);
    await isDrained(relay);
    const beside = receiver.requests.map(({ url, headers, body }) => [url, headers['content-type'], body]);
    expect(beside.map(String).sort()).toEqual(before.slice(0, others.length).map(String).sort());

    // The way back, while the receiver has something to get yet.
    receiver.requests.splice(0);
    await receiver.down();
    const late = readFixture('v2/notify-batch-three');
    expect(await post(address(relay), late)).toBe(200);
    await receiver.up();
    expect(await post(receiver.url, beforeAndAfter)).toBe(200);
    await isDrained(relay);
    expect(await relay.stop()).toBe(0);
    expect(receiver.requests.map(({ body }) => body).sort()).toEqual([beforeAndAfter.body, late.body].sort());
  });

  it('beside octo: it gets the signature that it insists on, and back again', async () => {
    await using receiver = await FakeReceiver.start();
    receiver.answer = ({ headers, body }) => {
      const signature = createHmac('sha256', 'secret-of-octo').update(body).digest('hex');
      return { status: headers['x-signature-256'] === `sha256=${signature}` ? 200 : 401 };
    };
    expect(await post(receiver.url, readFixture('v2/notify-single'))).toBe(401);
    receiver.requests.splice(0);

    const yaml = filledIn(configurations('With octo')[0] ?? '', {
      'http://octo-server:8090/v1/webhook': receiver.url,
      '/run/secrets/octo': join(files, 'octo'),
    });
    const relay = await fakes.startRelay({ yaml });
    await registerApns(relay.url, 'carol');
    const { length: pushed } = fakes.sandbox.apns.accepted;
    for (const recording of [...others, toPush]) expect(await post(address(relay), recording)).toBe(200);
    await fakes.sandbox.apns.waitForAccepted(pushed + 1);
    await isDrained(relay);
    expect(receiver.requests.map(({ body }) => body).sort()).toEqual(others.map(({ body }) => body).sort());
    expect(await relay.stop()).toBe(0);

    // The way back: its gRPC server, which asks for no signature.
    await using grpc = await FakeGrpcReceiver.start();
    const server = new GrpcWuKongIm(grpc.host);
    expect(await server.send(toPush.event, toPush.body)).toMatchObject({ status: 'Success' });
    server.close();
  });
});

describeWithRedis('the guide beside TangSengDaoDao in docs/adopt.md', () => {
  const logins = { 'token:login-of-carol': '{"uid":"carol","name":"Carol","role":"","ver":1}' };
  const [forwarding = '', compatible = ''] = configurations('With TangSengDaoDao');
  let fakes: Fakes;
  let server: RedisServer;
  let redis: Redis;
  let redisFile: string;

  beforeAll(async () => {
    fakes = await Fakes.start();
    server = await RedisServer.start();
    redis = new Redis(server.url);
    redisFile = join(await temporaryDirectory(), 'redis');
    await writeFile(redisFile, server.url);
    await redis.mset(logins);
    await redis.hset('userDeviceToken:carol', { device_type: 'IOS', device_token: 'an-old-one' });
  });
  afterAll(async () => {
    closeConnections();
    redis.disconnect();
    await server.stop();
    await fakes[Symbol.asyncDispose]();
  });

  /** Its clients, whose three requests nginx sends to the relay. */
  const register = (relay: RelayProcess) =>
    eventually(
      () =>
        send(relay.url, {
          method: 'POST',
          path: '/v1/user/device_token',
          headers: { token: 'login-of-carol', 'content-type': 'application/json' },
          body: JSON.stringify({
            device_token: apnsToken('carol'),
            device_type: 'IOS',
            bundle_id: fakes.sandbox.credentials.apns.topic,
          }),
        }),
      ({ status }) => status === 200,
    );
  const startRelay = (url: string) => {
    const forward = filledIn(forwarding, { 'http://tangsengdaodaoserver:8090/v1/webhook': url });
    const compat = filledIn(compatible, { '/run/secrets/tangsengdaodao-redis': redisFile });
    return fakes.startRelay({ yaml: `server: { grpc_port: 0 }\n${forward}${compat}` });
  };
  /** By gRPC, as its compose file sets WuKongIM up; only v2 has it. */
  const recorded = others.filter(({ name }) => name.startsWith('v2/'));
  const sendAll = async (wukongim: GrpcWuKongIm) => {
    for (const { event, body } of [...recorded, toPush])
      expect(await wukongim.send(event, body)).toMatchObject({ status: 'Success' });
  };
  const bodiesOf = (got: readonly { body: string }[]) => got.map(({ body }) => body).sort();
  const wanted = bodiesOf(recorded);
  const isTaken = (relay: RelayProcess) =>
    eventually(
      () => metric(relay.url, 'relay_forwards_total', { result: 'taken' }),
      (taken) => taken === recorded.length,
    );

  it('by its HTTP address: each event once, what it refuses again, and phones that register themselves', async () => {
    await using tangsengdaodao = await FakeReceiver.start();
    let refusals = 1;
    tangsengdaodao.answer = ({ url, body }) => {
      if (!url.endsWith('=msg.notify')) return { status: 200, body: '{"status":200}' };
      refusals -= 1;
      if (refusals >= 0) return { status: 400, body: '{"msg":"数据格式有误！","status":400}' };
      return { status: 200, body: JSON.stringify(body.match(/(?<="message_id":)\d+/g)) };
    };
    const entries = await redis.keys('*');
    await using relay = await startRelay(tangsengdaodao.url);
    await register(relay);
    const wukongim = GrpcWuKongIm.of(relay);
    await sendAll(wukongim);
    wukongim.close();
    await fakes.sandbox.apns.waitForAccepted(1);
    await isTaken(relay);
    expect(tangsengdaodao.requests).toHaveLength(recorded.length + 1);
    expect([...new Set(bodiesOf(tangsengdaodao.requests))]).toEqual([...new Set(wanted)]);
    // The way back of the clients: their entries are there as they were.
    expect((await redis.keys('*')).sort()).toEqual(entries.sort());
    expect(await redis.hget('userDeviceToken:carol', 'device_token')).toBe('an-old-one');
  });

  it('by its gRPC address, and back again', async () => {
    await using tangsengdaodao = await FakeGrpcReceiver.start();
    const relay = await startRelay(tangsengdaodao.url);
    await register(relay);
    const { length: pushed } = fakes.sandbox.apns.accepted;
    const wukongim = GrpcWuKongIm.of(relay);
    await sendAll(wukongim);
    wukongim.close();
    await fakes.sandbox.apns.waitForAccepted(pushed + 1);
    await isTaken(relay);
    const got = () => bodiesOf(tangsengdaodao.calls.map(({ data }) => ({ body: data })));
    expect(got()).toEqual(wanted);
    expect(tangsengdaodao.calls.map(({ event }) => event)).not.toContain('msg.offline');
    await isDrainedAndStopped(relay);
    const back = new GrpcWuKongIm(tangsengdaodao.host);
    await sendAll(back);
    back.close();
    expect(got()).toEqual([...wanted, ...wanted, toPush.body].sort());
  });

  const isDrainedAndStopped = async (relay: RelayProcess) => {
    await eventually(
      () => metric(relay.url, 'relay_forward_depth'),
      (depth) => depth === 0,
    );
    expect(await relay.stop()).toBe(0);
  };
});
