import { createPrivateKey, generateKeyPairSync, randomBytes, sign, X509Certificate } from 'node:crypto';
import { providerNames } from '../../src/domain/provider-table';
import { once } from 'node:events';
import { connect, constants, type ClientHttp2Session, type SecureClientSessionOptions } from 'node:http2';
import { request as httpsRequest } from 'node:https';
import { readFileSync } from 'node:fs';
import { connect as connectTcp } from 'node:net';
import { join } from 'node:path';
import {
  accept,
  closeSocket,
  emptyBody503,
  freeze,
  goaway,
  hang,
  refuse,
  reply,
  reset,
} from '../../src/sandbox/answer';
import { createIdentity, type SandboxIdentity } from '../../src/sandbox/certificates/identity';
import { startSandbox, type Sandbox, type SandboxOptions } from '../../src/sandbox/sandbox';
import { apnsPorts } from '../helpers/free-port';

/** Whatever JSON came; the assertions say what it must be. */
type Json = ReturnType<typeof JSON.parse>;

interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
  readonly json: Json;
}

const minute = 60_000;
const start = 1_700_000_000_000;
const clock = { time: start, now: () => clock.time, monotonicMs: () => clock.time };
const deviceToken = 'ab'.repeat(32);
const grantType = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const scope = 'https://www.googleapis.com/auth/firebase.messaging';

let identity: SandboxIdentity;
let sandbox: Sandbox;
const sessions: ClientHttp2Session[] = [];

beforeAll(async () => {
  identity = await createIdentity();
});

beforeEach(() => {
  clock.time = start;
});

afterEach(async () => {
  for (const session of sessions.splice(0)) session.destroy();
  await sandbox.close();
});

async function open(options: SandboxOptions = {}): Promise<void> {
  sandbox = await startSandbox({ identity, clock, ...options });
}

function session(url: string, options: SecureClientSessionOptions = {}): ClientHttp2Session {
  const opened = connect(url, { ca: sandbox.caPem, ...options });
  opened.on('error', () => {});
  sessions.push(opened);
  return opened;
}

async function settled(opened: ClientHttp2Session): Promise<ClientHttp2Session> {
  await once(opened, 'remoteSettings');
  return opened;
}

function send(
  opened: ClientHttp2Session,
  headers: Record<string, string | string[]>,
  body: string,
): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const stream = opened.request({ ':method': 'POST', ...headers });
    let answer: Record<string, unknown> | null = null;
    let text = '';
    stream.setEncoding('utf8');
    stream.on('response', (received) => (answer = received));
    stream.on('data', (chunk: string) => (text += chunk));
    stream.on('error', () => {});
    stream.on('close', () => {
      if (answer === null) {
        reject(new Error(`no answer, code ${stream.rstCode}`));
        return;
      }
      resolve({
        status: Number(answer[':status']),
        headers: answer,
        text,
        json: text.startsWith('{') ? JSON.parse(text) : null,
      });
    });
    stream.end(body);
  });
}

function jwt(header: object, claims: object, keyPem: string): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part(header)}.${part(claims)}`;
  const key = createPrivateKey(keyPem);
  const signer = key.asymmetricKeyType === 'ec' ? { key, dsaEncoding: 'ieee-p1363' as const } : key;
  return `${signed}.${sign('sha256', Buffer.from(signed), signer).toString('base64url')}`;
}

const seconds = () => Math.floor(clock.time / 1000);

function providerToken(change: { header?: object; claims?: object; keyPem?: string } = {}): string {
  const { keyId, teamId, keyPem } = sandbox.credentials.apns;
  const header = { alg: 'ES256', kid: keyId, ...change.header };
  return `bearer ${jwt(header, { iss: teamId, iat: seconds(), ...change.claims }, change.keyPem ?? keyPem)}`;
}

let token = '';
function pushHeaders(
  change: Record<string, string | string[] | undefined> = {},
): Record<string, string | string[]> {
  const headers = {
    ':path': `/3/device/${deviceToken}`,
    authorization: token,
    'apns-topic': sandbox.credentials.apns.topic,
    'apns-push-type': 'alert',
    ...change,
  };
  return Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined));
}

const alert = JSON.stringify({ aps: { alert: 'hi' } });

/** One push on a connection of its own. */
async function push(
  change: Record<string, string | string[] | undefined> = {},
  body = alert,
): Promise<Answered> {
  return send(session(sandbox.apns.url), pushHeaders(change), body);
}

/** A connection on which one push was accepted, with all its streams. */
async function warm(): Promise<ClientHttp2Session> {
  const opened = session(sandbox.apns.url);
  await send(opened, pushHeaders(), alert);
  while (opened.remoteSettings.maxConcurrentStreams !== 1000) await once(opened, 'remoteSettings');
  return opened;
}

/** Lets the event loop turn until it is so. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}

describe('APNs', () => {
  beforeEach(async () => {
    await open();
    token = providerToken();
  });

  it('accepts a right push and records it', async () => {
    const id = '123e4567-e89b-42d3-a456-426614174000';
    const answer = await push({
      'apns-id': id,
      'apns-collapse-id': 'c1',
      'apns-expiration': '0',
      'apns-priority': '5',
    });
    expect(answer).toMatchObject({ status: 200, text: '', headers: { 'apns-id': id } });
    expect(sandbox.apns.accepted).toEqual([
      {
        token: deviceToken,
        repeatKey: id,
        repeat: 0,
        receivedAtMs: start,
        environment: 'production',
        topic: 'com.example.chat',
        pushType: 'alert',
        apnsId: id,
        headers: {
          'apns-id': id,
          'apns-collapse-id': 'c1',
          'apns-expiration': '0',
          'apns-priority': '5',
          'apns-topic': 'com.example.chat',
          'apns-push-type': 'alert',
        },
        payload: { aps: { alert: 'hi' } },
        connection: 1,
      },
    ]);
  });

  it('makes an apns-id where none is given, and counts repeats of one', async () => {
    expect((await push()).headers['apns-id']).toMatch(/^[\da-f-]{36}$/);
    const id = '123E4567-E89B-42D3-A456-426614174000';
    await push({ 'apns-id': id });
    await push({ 'apns-id': id });
    expect(sandbox.apns.counts).toMatchObject({
      requests: 3,
      accepted: 3,
      distinct: 2,
      repeats: 1,
      openStreams: 0,
    });
    expect(sandbox.apns.acceptedCount(id.toLowerCase())).toBe(2);
  });

  const voip = { 'apns-push-type': 'voip', 'apns-topic': 'com.example.chat.voip' };
  const sized = (bytes: number) => JSON.stringify({ aps: {}, x: 'x'.repeat(bytes - 17) });

  it.each([
    ['a VoIP push to its topic', voip, alert],
    ['4096 bytes', {}, sized(4096)],
    ['5120 bytes by VoIP', voip, sized(5120)],
    [
      'a background push of priority 5',
      { 'apns-push-type': 'background', 'apns-priority': '5' },
      '{"aps":{"content-available":1}}',
    ],
    [
      'a live activity',
      { 'apns-push-type': 'liveactivity', 'apns-topic': 'com.example.chat.push-type.liveactivity' },
      alert,
    ],
    ['a collapse id of 64 bytes', { 'apns-collapse-id': 'x'.repeat(64) }, alert],
    ['a device token of any length, in capitals', { ':path': `/3/device/${'AB'.repeat(50)}` }, alert],
  ])('takes %s', async (_name, change, body) => {
    expect(await push(change, body)).toMatchObject({ status: 200, text: '' });
  });

  it.each([
    ['another path', 404, 'BadPath', { ':path': '/4/device/ab' }, alert],
    ['more path', 404, 'BadPath', { ':path': '/3/device/ab/cd' }, alert],
    ['another method', 405, 'MethodNotAllowed', { ':method': 'PUT' }, alert],
    ['no device token', 400, 'MissingDeviceToken', { ':path': '/3/device/' }, alert],
    ['a device token that is not hexadecimal', 400, 'BadDeviceToken', { ':path': '/3/device/xyz0' }, alert],
    ['half a byte', 400, 'BadDeviceToken', { ':path': '/3/device/abc' }, alert],
    ['no topic', 400, 'MissingTopic', { 'apns-topic': undefined }, alert],
    ['no push type', 400, 'InvalidPushType', { 'apns-push-type': undefined }, alert],
    ['an unknown push type', 400, 'InvalidPushType', { 'apns-push-type': 'toString' }, alert],
    ['VoIP to the plain topic', 400, 'BadTopic', { 'apns-push-type': 'voip' }, alert],
    ['an alert to the VoIP topic', 400, 'BadTopic', { 'apns-topic': 'com.example.chat.voip' }, alert],
    ['priority 7', 400, 'BadPriority', { 'apns-priority': '7' }, alert],
    [
      'background at priority 10',
      400,
      'BadPriority',
      { 'apns-push-type': 'background', 'apns-priority': '10' },
      alert,
    ],
    ['background at the default priority', 400, 'BadPriority', { 'apns-push-type': 'background' }, alert],
    ['a wrong expiration', 400, 'BadExpirationDate', { 'apns-expiration': 'soon' }, alert],
    [
      'an expiration in milliseconds',
      400,
      'BadExpirationDate',
      { 'apns-expiration': '1700000000000' },
      alert,
    ],
    ['an apns-id that is no UUID', 400, 'BadMessageId', { 'apns-id': '42' }, alert],
    ['a collapse id of 65 bytes', 400, 'BadCollapseId', { 'apns-collapse-id': 'x'.repeat(65) }, alert],
    ['two collapse ids', 400, 'DuplicateHeaders', { 'apns-collapse-id': ['a', 'b'] }, alert],
    ['no body', 400, 'PayloadEmpty', {}, ''],
    ['no JSON', 400, 'PayloadEmpty', {}, '{"aps":'],
    ['no object', 400, 'PayloadEmpty', {}, '[]'],
    ['no aps', 400, 'PayloadEmpty', {}, '{}'],
    ['4097 bytes', 413, 'PayloadTooLarge', {}, sized(4097)],
    ['5121 bytes by VoIP', 413, 'PayloadTooLarge', voip, sized(5121)],
    ['a megabyte', 413, 'PayloadTooLarge', {}, sized(1_000_000)],
    ['no provider token', 403, 'MissingProviderToken', { authorization: undefined }, alert],
    ['another scheme', 403, 'InvalidProviderToken', { authorization: 'Basic abc' }, alert],
  ])('refuses %s', async (_name, status, reason, change, body) => {
    const answer = await push(change, body);
    expect(answer).toMatchObject({ status, json: { reason } });
    expect(sandbox.apns.accepted).toEqual([]);
    expect(sandbox.apns.rejected).toMatchObject([{ status, reason }]);
  });

  it.each([
    ['an expired token', 'ExpiredProviderToken', () => providerToken({ claims: { iat: seconds() - 3601 } })],
    [
      'a token of the future',
      'InvalidProviderToken',
      () => providerToken({ claims: { iat: seconds() + 3600 } }),
    ],
    ['a token without a time', 'InvalidProviderToken', () => providerToken({ claims: { iat: undefined } })],
    [
      'a token of another team',
      'InvalidProviderToken',
      () => providerToken({ claims: { iss: 'OTHERTEAM1' } }),
    ],
    [
      'a token of an unknown key',
      'InvalidProviderToken',
      () => providerToken({ header: { kid: 'OTHERKEY01' } }),
    ],
    ['another algorithm', 'InvalidProviderToken', () => providerToken({ header: { alg: 'RS256' } })],
    [
      'a wrong signature',
      'InvalidProviderToken',
      () =>
        providerToken({
          keyPem: generateKeyPairSync('ec', { namedCurve: 'P-256' })
            .privateKey.export({ type: 'pkcs8', format: 'pem' })
            .toString(),
        }),
    ],
    ['a cut token', 'InvalidProviderToken', () => providerToken().slice(0, -3)],
  ])('refuses %s', async (_name, reason, make) => {
    expect(await push({ authorization: make() })).toMatchObject({ status: 403, json: { reason } });
  });

  it('takes a token for an hour', async () => {
    clock.time += 59 * minute;
    expect((await push()).status).toBe(200);
    clock.time += 2 * minute;
    expect((await push()).json).toEqual({ reason: 'ExpiredProviderToken' });
  });

  it('refuses a second new token within 20 minutes on a connection, unless it called the first one expired', async () => {
    const opened = session(sandbox.apns.url);
    await send(opened, pushHeaders(), alert);
    clock.time += 19 * minute;
    const second = pushHeaders({ authorization: providerToken() });
    expect(await send(opened, second, alert)).toMatchObject({
      status: 429,
      json: { reason: 'TooManyProviderTokenUpdates' },
    });
    clock.time += 2 * minute;
    expect((await send(opened, second, alert)).status).toBe(200);
    expect((await send(opened, pushHeaders(), alert)).status).toBe(200);
    sandbox.apns.script({ times: 1, answer: reply(403, 'ExpiredProviderToken') });
    expect((await send(opened, second, alert)).status).toBe(403);
    clock.time += 1000;
    expect((await send(opened, pushHeaders({ authorization: providerToken() }), alert)).status).toBe(200);
  });

  it('keeps a connection to one key, a key to its topics and environments', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    sandbox.apns.trust({
      keyId: 'OTHERKEY01',
      teamId: 'OTHERTEAM1',
      publicKeyPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
      topics: ['com.example.other'],
      environments: ['production'],
    });
    const keyPem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const authorization = providerToken({
      header: { kid: 'OTHERKEY01' },
      claims: { iss: 'OTHERTEAM1' },
      keyPem,
    });
    const opened = session(sandbox.apns.url);
    await send(opened, pushHeaders(), alert);
    const other = pushHeaders({ authorization, 'apns-topic': 'com.example.other' });
    expect((await send(opened, other, alert)).json).toEqual({ reason: 'UnrelatedKeyIdInToken' });
    expect((await push({ authorization, 'apns-topic': 'com.example.other' })).status).toBe(200);
    expect((await push({ authorization })).json).toEqual({ reason: 'TopicDisallowed' });
    expect((await send(session(sandbox.apns.sandboxUrl), other, alert)).json).toEqual({
      reason: 'BadEnvironmentKeyIdInToken',
    });
    sandbox.apns.revoke('OTHERKEY01');
    expect((await push(other)).json).toEqual({ reason: 'InvalidProviderToken' });
  });

  it('takes a client certificate as PEM and as PKCS#12, for its own topic', async () => {
    const { certPem, keyPem, pfx, passphrase } = sandbox.credentials.apnsCertificate;
    const unsigned = pushHeaders({ authorization: undefined });
    for (const tls of [
      { cert: certPem, key: keyPem },
      { pfx, passphrase },
    ]) {
      const opened = session(sandbox.apns.url, tls);
      expect((await send(opened, unsigned, alert)).status).toBe(200);
      expect(opened.remoteSettings.maxConcurrentStreams).toBe(1000);
      expect((await send(opened, { ...unsigned, 'apns-topic': 'com.example.other' }, alert)).json).toEqual({
        reason: 'TopicDisallowed',
      });
    }
  });

  it('allows one stream on a connection until the first valid token, then 1000', async () => {
    const opened = await settled(session(sandbox.apns.url));
    expect(opened.remoteSettings.maxConcurrentStreams).toBe(1);
    expect((await send(opened, pushHeaders({ authorization: 'bearer x' }), alert)).status).toBe(403);
    expect(opened.remoteSettings.maxConcurrentStreams).toBe(1);
    const changed = once(opened, 'remoteSettings');
    expect((await send(opened, pushHeaders(), alert)).status).toBe(200);
    await changed;
    expect(opened.remoteSettings.maxConcurrentStreams).toBe(1000);
  });

  it('refuses a cold burst stream by stream, and goes on', async () => {
    const opened = session(sandbox.apns.url);
    await once(opened, 'connect');
    const burst = await Promise.allSettled(
      Array.from({ length: 300 }, () => send(opened, pushHeaders(), alert)),
    );
    const answered = burst.filter(({ status }) => status === 'fulfilled').length;
    expect(answered).toBeGreaterThan(0);
    for (const result of burst) {
      if (result.status === 'rejected') {
        expect(String(result.reason)).toContain(`code ${constants.NGHTTP2_REFUSED_STREAM}`);
      }
    }
    expect(sandbox.apns.counts.accepted).toBe(answered);
    expect((await send(opened, pushHeaders(), alert)).status).toBe(200);
  });

  it('knows what it was told of a device, by environment', async () => {
    const told = [
      ['01', { kind: 'unknown' }],
      ['02', { kind: 'unregistered', sinceMs: 5 }],
      ['03', { kind: 'unregistered', reason: 'ExpiredToken' }],
      ['04', { kind: 'environment', environment: 'sandbox' }],
      ['05', { kind: 'topic', topic: 'com.example.other' }],
    ] as const;
    for (const [device, state] of told) sandbox.apns.setDevice(device, state);
    const answers = await Promise.all(told.map(([device]) => push({ ':path': `/3/device/${device}` })));
    expect(answers.map(({ status, json }) => [status, json as unknown])).toEqual([
      [400, { reason: 'BadDeviceToken' }],
      [410, { reason: 'Unregistered', timestamp: 5 }],
      [410, { reason: 'ExpiredToken', timestamp: start }],
      [400, { reason: 'BadDeviceToken' }],
      [400, { reason: 'DeviceTokenNotForTopic' }],
    ]);
    const other = await send(
      session(sandbox.apns.sandboxUrl),
      pushHeaders({ ':path': '/3/device/04' }),
      alert,
    );
    expect(other.status).toBe(200);
    expect(sandbox.apns.accepted).toMatchObject([{ token: '04', environment: 'sandbox' }]);
  });
});

describe('the script', () => {
  beforeEach(async () => {
    await open(await apnsPorts());
    token = providerToken();
  });

  it('answers the next n requests, for a device token, with a vendor body', async () => {
    const rule = sandbox.apns.script({
      when: { token: deviceToken },
      times: 2,
      answer: reply(429, 'TooManyRequests', { retryAfterSeconds: 7 }),
    });
    expect((await push({ ':path': '/3/device/00' })).status).toBe(200);
    expect(await push()).toMatchObject({
      status: 429,
      json: { reason: 'TooManyRequests' },
      headers: { 'retry-after': '7' },
    });
    expect((await push()).status).toBe(429);
    expect((await push()).status).toBe(200);
    expect(rule.hits).toBe(2);
  });

  it('answers by function, with a 410 of any time and a 503 without a body', async () => {
    sandbox.apns.script(({ path }) =>
      path.endsWith('01') ? reply(410, 'Unregistered', { timestampMs: 9 }) : null,
    );
    sandbox.apns.script({ answer: emptyBody503() });
    expect((await push({ ':path': '/3/device/01' })).json).toEqual({ reason: 'Unregistered', timestamp: 9 });
    expect(await push()).toMatchObject({ status: 503, text: '' });
    sandbox.apns.clearScript();
    expect((await push()).status).toBe(200);
  });

  it('resets and refuses streams, accepted before or not', async () => {
    const opened = session(sandbox.apns.url);
    await send(opened, pushHeaders(), alert);
    sandbox.apns.script({ times: 1, answer: reset() });
    sandbox.apns.script({ times: 1, answer: reset(constants.NGHTTP2_CANCEL, { accepted: true }) });
    sandbox.apns.script({ times: 1, answer: refuse() });
    await expect(send(opened, pushHeaders(), alert)).rejects.toThrow('code 2');
    expect(sandbox.apns.counts.accepted).toBe(1);
    await expect(send(opened, pushHeaders(), alert)).rejects.toThrow('code 8');
    expect(sandbox.apns.counts.accepted).toBe(2);
    await expect(send(opened, pushHeaders(), alert)).rejects.toThrow('code 7');
    expect((await send(opened, pushHeaders(), alert)).status).toBe(200);
    expect(sandbox.apns.counts).toMatchObject({ accepted: 3, openStreams: 0 });
  });

  it('hangs, and counts the open streams', async () => {
    const opened = await warm();
    const hung = sandbox.apns.script({ answer: hang({ accepted: true }) });
    const pending = [send(opened, pushHeaders(), alert), send(opened, pushHeaders(), alert)];
    await sandbox.apns.waitForAccepted(3);
    expect(hung.hits).toBe(2);
    expect(sandbox.apns.counts).toMatchObject({ openStreams: 2, maxOpenStreams: 2 });
    expect(sandbox.apns.connections).toMatchObject([
      { id: 1, requests: 3, openStreams: 2, maxOpenStreams: 2 },
    ]);
    opened.destroy();
    await Promise.allSettled(pending);
  });

  it('says GOAWAY, and still answers what it processed', async () => {
    const opened = await warm();
    sandbox.apns.latencyMs = 20;
    sandbox.apns.script({ skip: 1, times: 1, answer: goaway({ reason: 'Shutdown' }) });
    const said = once(opened, 'goaway');
    const closed = once(opened, 'close');
    const answers = await Promise.all([
      send(opened, pushHeaders(), alert),
      send(opened, pushHeaders(), alert),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    const [code, lastStream, data] = (await said) as [number, number, Buffer];
    expect([code, lastStream, data.toString()]).toEqual([0, 5, '{"reason":"Shutdown"}']);
    await closed;
  });

  it.each([1, 2])('says GOAWAY with request %d not processed', async (which) => {
    const opened = which === 1 ? session(sandbox.apns.url) : await warm();
    sandbox.apns.script({ times: 1, answer: goaway({ lastProcessed: 'previous' }) });
    await expect(send(opened, pushHeaders(), alert)).rejects.toThrow('no answer');
    expect(sandbox.apns.counts.accepted).toBe(which - 1);
  });

  it.each(['fin', 'rst'] as const)('closes the socket by %s', async (how) => {
    const opened = session(sandbox.apns.url);
    await send(opened, pushHeaders(), alert);
    sandbox.apns.script({ times: 1, answer: closeSocket(how, { accepted: true }) });
    await expect(send(opened, pushHeaders(), alert)).rejects.toThrow('no answer');
    expect(opened.destroyed || opened.closed).toBe(true);
    expect(sandbox.apns.counts).toMatchObject({ accepted: 2, openStreams: 0 });
    expect((await push()).status).toBe(200);
  });

  it('freezes a connection: no PING is answered, others go on; thaws', async () => {
    const frozen = await warm();
    const rule = sandbox.apns.script({ when: { token: '0f' }, times: 1, answer: freeze() });
    const lost = send(frozen, pushHeaders({ ':path': '/3/device/0f' }), alert);
    await until(() => rule.hits === 1);
    let pinged = false;
    const ping = new Promise<void>((resolve) => {
      frozen.ping(() => {
        pinged = true;
        resolve();
      });
    });
    const late = send(frozen, pushHeaders(), alert);
    expect((await push()).status).toBe(200);
    expect(pinged).toBe(false);
    sandbox.apns.thaw();
    await ping;
    expect((await late).status).toBe(200);
    frozen.destroy();
    await expect(lost).rejects.toThrow('no answer');
  });

  it('freezes whole: new connections get no handshake until it thaws', async () => {
    const old = session(sandbox.apns.url);
    await send(old, pushHeaders(), alert);
    sandbox.apns.freeze();
    const late = [send(old, pushHeaders(), alert), push()];
    const tcp = connectTcp(Number(new URL(sandbox.apns.url).port), '127.0.0.1');
    await once(tcp, 'connect');
    expect(sandbox.apns.counts.requests).toBe(1);
    tcp.destroy();
    sandbox.apns.thaw();
    expect((await Promise.all(late)).map(({ status }) => status)).toEqual([200, 200]);
  });

  it('goes down and up again on the same port', async () => {
    const { url } = sandbox.apns;
    const opened = await warm();
    sandbox.apns.latencyMs = 10_000;
    const cut = send(opened, pushHeaders(), alert);
    await until(() => sandbox.apns.counts.requests === 2);
    await sandbox.apns.down();
    await expect(cut).rejects.toThrow('no answer');
    await expect(push()).rejects.toThrow();
    await sandbox.apns.up();
    sandbox.apns.latencyMs = 0;
    expect(sandbox.apns.url).toBe(url);
    expect((await push()).status).toBe(200);
    expect(sandbox.apns.counts.accepted).toBe(2);
  });

  it('delays, and accepts what a client has given up', async () => {
    const opened = await warm();
    sandbox.apns.script({ times: 1, latencyMs: 50, answer: accept() });
    const given = send(opened, pushHeaders(), alert);
    await until(() => sandbox.apns.counts.requests === 2);
    expect(sandbox.apns.counts.accepted).toBe(1);
    opened.destroy();
    await expect(given).rejects.toThrow('no answer');
    await sandbox.apns.waitForAccepted(2);
  });
});

describe('the record', () => {
  it('tells what did arrive when a wait is over', async () => {
    await open();
    token = providerToken();
    await push();
    await push({ 'apns-priority': '3' });
    await expect(sandbox.apns.waitForAccepted(2, { timeoutMs: 20 })).rejects.toThrow(
      /waited 20 ms for 2 accepted pushes; 2 requests came, 0 are open, 1 were accepted, the last of them: …abababab \([\da-f-]{36}\); rejected, the last of them: 400 BadPriority "3"/,
    );
    await expect(sandbox.apns.waitForAccepted(() => false, { timeoutMs: 5 })).rejects.toThrow(
      'a push of its kind',
    );
    const found = await sandbox.apns.waitForAccepted(({ token: device }) => device === deviceToken);
    expect(found.pushType).toBe('alert');
  });

  it('keeps no push in counts mode, but shows each to its listeners', async () => {
    await open({ record: 'counts' });
    token = providerToken();
    const seen: string[] = [];
    await push();
    const stop = sandbox.apns.onAccepted((accepted) => seen.push(accepted.token));
    await push({ ':path': '/3/device/0102' });
    stop();
    await push();
    expect(seen).toEqual(['0102']);
    expect(sandbox.apns.accepted).toEqual([]);
    expect(sandbox.apns.counts.accepted).toBe(3);
    sandbox.reset();
    expect(sandbox.apns.counts).toMatchObject({ requests: 0, accepted: 0, distinct: 0 });
  });

  it('keeps about as many pushes as it is told', async () => {
    await open({ recordLimit: 4 });
    token = providerToken();
    const opened = session(sandbox.apns.url);
    for (let index = 0; index < 12; index += 1) await send(opened, pushHeaders(), alert);
    const { accepted, firstIndex, counts } = sandbox.apns;
    expect(accepted.length).toBeLessThanOrEqual(5);
    expect(firstIndex + accepted.length).toBe(12);
    expect(counts.accepted).toBe(12);
  });
});

function grant(change: { header?: object; claims?: object; keyPem?: string } = {}): string {
  const { client_email, private_key, private_key_id, token_uri } = sandbox.credentials.serviceAccount;
  const claims = {
    iss: client_email,
    scope,
    aud: token_uri,
    iat: seconds(),
    exp: seconds() + 3600,
    ...change.claims,
  };
  const assertion = jwt(
    { alg: 'RS256', kid: private_key_id, ...change.header },
    claims,
    change.keyPem ?? private_key,
  );
  return new URLSearchParams({ grant_type: grantType, assertion }).toString();
}

const form = { ':path': '/token', 'content-type': 'application/x-www-form-urlencoded' };

function ask(body: string, headers: Record<string, string> = form): Promise<Answered> {
  return send(session(sandbox.fcm.url), headers, body);
}

function fcmSend(
  message: unknown,
  change: Record<string, string> = {},
  rest: object = {},
): Promise<Answered> {
  const headers = {
    ':path': '/v1/projects/sandbox-project/messages:send',
    authorization: token,
    'content-type': 'application/json',
    ...change,
  };
  return send(
    session(sandbox.fcm.url),
    headers,
    typeof message === 'string' ? message : JSON.stringify({ message, ...rest }),
  );
}

describe('OAuth', () => {
  beforeEach(() => open());

  it('issues a token for a right assertion, which FCM takes until it expires or is revoked', async () => {
    sandbox.fcm.oauth.tokenLifetimeSeconds = 100;
    const answer = await ask(grant());
    expect(answer).toMatchObject({ status: 200, json: { token_type: 'Bearer', expires_in: 100 } });
    token = `Bearer ${answer.json.access_token}`;
    expect((await fcmSend({ token: 't' })).status).toBe(200);
    clock.time += 100_000;
    const expired = await fcmSend({ token: 't' });
    expect(expired).toMatchObject({
      status: 401,
      json: {
        error: { code: 401, status: 'UNAUTHENTICATED', details: [{ reason: 'ACCESS_TOKEN_EXPIRED' }] },
      },
    });
    expect(expired.text).not.toContain('FcmError');
    token = `Bearer ${sandbox.fcm.oauth.issue()}`;
    expect((await fcmSend({ token: 't' })).status).toBe(200);
    sandbox.fcm.oauth.revokeAll();
    expect((await fcmSend({ token: 't' })).status).toBe(401);
    expect(sandbox.fcm.counts).toMatchObject({ requests: 4, accepted: 2 });
  });

  it.each([
    ['no assertion', 'invalid_request', () => `grant_type=${encodeURIComponent(grantType)}`],
    ['another grant', 'unsupported_grant_type', () => 'grant_type=refresh_token'],
    [
      'no JWT',
      'invalid_grant',
      () => `${new URLSearchParams({ grant_type: grantType, assertion: 'x' }).toString()}`,
    ],
    ['another account', 'invalid_grant', () => grant({ claims: { iss: 'other@example.com' } })],
    [
      'another audience',
      'invalid_grant',
      () => grant({ claims: { aud: 'https://oauth2.googleapis.com/token' } }),
    ],
    [
      'another scope',
      'invalid_scope',
      () => grant({ claims: { scope: 'https://www.googleapis.com/auth/drive' } }),
    ],
    ['more than an hour', 'invalid_grant', () => grant({ claims: { exp: seconds() + 3601 } })],
    [
      'an old assertion',
      'invalid_grant',
      () => grant({ claims: { iat: seconds() - 3600, exp: seconds() - 1 } }),
    ],
    [
      'an assertion of the future',
      'invalid_grant',
      () => grant({ claims: { iat: seconds() + 400, exp: seconds() + 500 } }),
    ],
    ['another key id', 'invalid_grant', () => grant({ header: { kid: 'x' } })],
    ['another algorithm', 'invalid_grant', () => grant({ header: { alg: 'none' } })],
    [
      'another key',
      'invalid_grant',
      () =>
        grant({
          keyPem: generateKeyPairSync('rsa', { modulusLength: 2048 })
            .privateKey.export({ type: 'pkcs8', format: 'pem' })
            .toString(),
        }),
    ],
  ])('refuses %s', async (_name, error, body) => {
    expect(await ask(body())).toMatchObject({
      status: 400,
      json: { error, error_description: expect.any(String) },
    });
  });

  it('fails by a script of its own', async () => {
    sandbox.fcm.script({ answer: reply(500, 'INTERNAL') });
    sandbox.fcm.scriptOAuth({ times: 1, answer: reply(503, undefined, { body: '' }) });
    expect((await ask(grant())).status).toBe(503);
    expect((await ask(grant())).status).toBe(200);
  });

  it('speaks HTTP/1.1 too', async () => {
    const body = grant();
    const answered = await new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
      const request = httpsRequest(
        sandbox.fcm.tokenUri,
        { method: 'POST', ca: sandbox.caPem, headers: { 'content-type': form['content-type'] } },
        (response) => {
          let text = '';
          response.setEncoding('utf8');
          response.on('data', (chunk: string) => (text += chunk));
          response.on('end', () => resolve({ status: response.statusCode, text }));
        },
      );
      request.on('error', reject);
      request.end(body);
    });
    expect(answered.status).toBe(200);
    expect(JSON.parse(answered.text)).toMatchObject({ access_token: expect.stringMatching(/^ya29\./) });
  });
});

describe('FCM', () => {
  beforeEach(async () => {
    await open();
    token = `Bearer ${sandbox.fcm.oauth.issue()}`;
  });

  it('accepts a right message and records it, on 100 streams', async () => {
    const message = {
      token: 'device:1',
      data: { message_id: '9007199254740993' },
      notification: { title: 'a', body: 'b' },
      android: { priority: 'HIGH', ttl: '604800s', notification: { tag: 't', channel_id: 'c' } },
      apns: { headers: { 'apns-priority': '10' }, payload: { aps: { alert: 'x' } } },
      webpush: { notification: { anything: [1] } },
      fcm_options: { analytics_label: 'l' },
    };
    const opened = await settled(session(sandbox.fcm.url));
    expect(opened.remoteSettings.maxConcurrentStreams).toBe(100);
    const answer = await fcmSend(message);
    expect(answer.status).toBe(200);
    expect(answer.json.name).toMatch(/^projects\/sandbox-project\/messages\/0:/);
    await fcmSend(message);
    expect(sandbox.fcm.accepted).toMatchObject([
      {
        token: 'device:1',
        repeatKey: 'device:1 9007199254740993',
        repeat: 0,
        message,
        name: answer.json.name,
      },
      { repeat: 1 },
    ]);
  });

  it('takes camel case, and a dry run without recording it', async () => {
    const message = { token: 't', android: { collapseKey: 'c', directBootOk: true, priority: 'normal' } };
    expect((await fcmSend(message, {}, { validateOnly: true })).json).toEqual({
      name: 'projects/sandbox-project/messages/fake_message_id',
    });
    expect(sandbox.fcm.accepted).toEqual([]);
  });

  const badRequest = 'type.googleapis.com/google.rpc.BadRequest';
  it.each([
    ['no target', { data: {} }, 'message', 'Recipient of the message is not set.'],
    ['two targets', { token: 't', topic: 'x' }, 'message', 'oneof'],
    [
      'an unknown field',
      { token: 't', andriod: {} },
      'message',
      'Unknown name "andriod" at \'message\': Cannot find field.',
    ],
    ['a number in data', { token: 't', data: { a: 1 } }, 'message.data[0].value', '(TYPE_STRING), 1'],
    ['a reserved key', { token: 't', data: { from: 'x' } }, 'message.data', 'Invalid data payload key: from'],
    [
      'a reserved prefix',
      { token: 't', android: { data: { 'google.x': 'x' } } },
      'message.android.data',
      'google.x',
    ],
    ['a ttl without unit', { token: 't', android: { ttl: '3600' } }, 'message.android.ttl', 'Duration'],
    ['a ttl as a number', { token: 't', android: { ttl: 3600 } }, 'message.android.ttl', 'Duration'],
    [
      'a ttl over four weeks',
      { token: 't', android: { ttl: '2419201s' } },
      'message.android.ttl',
      'Invalid TTL',
    ],
    ['a negative ttl', { token: 't', android: { ttl: '-1s' } }, 'message.android.ttl', 'Invalid TTL'],
    [
      'an unknown priority',
      { token: 't', android: { priority: 'URGENT' } },
      'message.android.priority',
      'TYPE_ENUM',
    ],
    [
      'a wrong colour',
      { token: 't', android: { notification: { color: 'red' } } },
      'message.android.notification.color',
      'color',
    ],
    ['too many bytes', { token: 't', data: { a: 'x'.repeat(4096) } }, 'message', 'too big'],
    ['too many bytes for a topic', { topic: 't', data: { a: 'x'.repeat(2048) } }, 'message', 'too big'],
    [
      'an APNs payload too big',
      { token: 't', apns: { payload: { aps: {}, a: 'x'.repeat(4096) } } },
      'message.apns',
      'too big',
    ],
    [
      'an APNs header as a number',
      { token: 't', apns: { headers: { 'apns-priority': 10 } } },
      'message.apns.headers[0].value',
      'TYPE_STRING',
    ],
  ])('refuses %s with field violations', async (_name, message, field, description) => {
    const { status, json } = await fcmSend(message);
    expect(status).toBe(400);
    expect(json.error).toMatchObject({ code: 400, status: 'INVALID_ARGUMENT', message: expect.any(String) });
    const detail = (json.error.details as Record<string, unknown>[]).find(
      (one) => one['@type'] === badRequest,
    );
    expect(detail?.fieldViolations).toEqual([{ field, description: expect.stringContaining(description) }]);
  });

  it('refuses what is no JSON, another path, project and token', async () => {
    expect((await fcmSend('{')).json.error.message).toContain('Invalid JSON payload');
    expect(await fcmSend({ token: 't' }, { ':path': '/v1/other' })).toMatchObject({
      status: 404,
      json: null,
    });
    expect(await fcmSend({ token: 't' }, { ':path': '/v1/projects/other/messages:send' })).toMatchObject({
      status: 403,
      json: { error: { status: 'PERMISSION_DENIED' } },
    });
    expect((await fcmSend({ token: 't' }, { authorization: 'Bearer x' })).status).toBe(401);
    expect((await fcmSend({ token: 'with space' })).json.error.details).toEqual([
      { '@type': 'type.googleapis.com/google.firebase.fcm.v1.FcmError', errorCode: 'INVALID_ARGUMENT' },
    ]);
  });

  it.each([
    ['unregistered', 404, 'NOT_FOUND', 'UNREGISTERED'],
    ['invalid', 400, 'INVALID_ARGUMENT', 'INVALID_ARGUMENT'],
    ['sender_mismatch', 403, 'PERMISSION_DENIED', 'SENDER_ID_MISMATCH'],
    ['third_party_auth', 401, 'UNAUTHENTICATED', 'THIRD_PARTY_AUTH_ERROR'],
  ] as const)('knows a device as %s', async (kind, httpStatus, status, errorCode) => {
    sandbox.fcm.setDevice('t', { kind });
    const answer = await fcmSend({ token: 't' });
    expect(answer).toMatchObject({ status: httpStatus, json: { error: { code: httpStatus, status } } });
    expect(answer.json.error.details).toEqual([
      { '@type': 'type.googleapis.com/google.firebase.fcm.v1.FcmError', errorCode },
    ]);
  });

  it('answers from the script, by device token', async () => {
    sandbox.fcm.script({
      when: { token: 'a' },
      answer: reply(429, 'QUOTA_EXCEEDED', { retryAfterSeconds: 60 }),
    });
    expect(await fcmSend({ token: 'a' })).toMatchObject({
      status: 429,
      headers: { 'retry-after': '60' },
      json: { error: { status: 'RESOURCE_EXHAUSTED', details: [{ errorCode: 'QUOTA_EXCEEDED' }] } },
    });
    expect((await fcmSend({ token: 'b' })).status).toBe(200);
  });
});

describe('the control plane', () => {
  const call = async (path: string, body?: unknown): Promise<{ status: number; json: Json }> => {
    const init =
      body === undefined
        ? {}
        : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    const response = await fetch(`${sandbox.controlUrl}${path}`, init);
    return { status: response.status, json: await response.json() };
  };

  beforeEach(async () => {
    await open({ controlPort: 0 });
    token = providerToken();
  });

  it('scripts, tells and resets', async () => {
    const scripted = await call('/script', {
      provider: 'apns',
      rules: [{ times: 1, answer: { kind: 'reply', status: 503, reason: 'ServiceUnavailable' } }],
      devices: { '0a': { kind: 'unregistered', sinceMs: 7 } },
    });
    expect(scripted).toEqual({ status: 200, json: { ids: [1] } });
    expect((await push()).status).toBe(503);
    expect((await push({ ':path': '/3/device/0a' })).json).toEqual({ reason: 'Unregistered', timestamp: 7 });
    expect((await push()).status).toBe(200);
    const { json: state } = await call('/state');
    expect(state.apns).toMatchObject({
      url: sandbox.apns.url,
      counts: { requests: 3, accepted: 1, rejected: { ServiceUnavailable: 1, Unregistered: 1 } },
    });
    const { json: list } = await call('/accepted?provider=apns&wait_for=1');
    expect(list).toMatchObject({ total: 1, first: 0, next: 1, items: [{ token: deviceToken }] });
    expect((await call('/accepted?provider=apns&since=1')).json).toEqual({
      total: 1,
      first: 1,
      next: 1,
      items: [],
    });
    await call('/reset', {});
    expect((await call('/state')).json.apns.counts.accepted).toBe(0);
  });

  it('scripts and tells every provider', async () => {
    const { json: state } = await call('/state');
    for (const name of providerNames) {
      expect(state[name]).toMatchObject({ url: sandbox[name].url, counts: { accepted: 0 } });
      const answer = { kind: 'reply', status: 503 };
      expect((await call('/script', { provider: name, rules: [{ answer }] })).status).toBe(200);
      expect((await call(`/accepted?provider=${name}`)).json).toMatchObject({ total: 0, items: [] });
    }
    const { status } = await call('/script', { provider: 'xiaomi', devices: { gone: { kind: 'dead' } } });
    expect(status).toBe(200);
    const form = (id: string) => ({
      registration_id: id,
      restricted_package_name: 'com.example.chat',
      pass_through: '0',
      title: 'Alice',
      description: 'Hello',
      payload: '{}',
      notify_id: '1',
    });
    const post = async (id: string) => {
      const headers = {
        ':method': 'POST',
        ':path': '/v3/message/regid',
        authorization: `key=${sandbox.credentials.xiaomi.appSecret}`,
        'content-type': 'application/x-www-form-urlencoded',
      };
      return send(session(sandbox.xiaomi.url), headers, new URLSearchParams(form(id)).toString());
    };
    expect((await post('gone')).status).toBe(503);
    await call('/script', { provider: 'xiaomi', clear: true });
    expect((await post('gone')).json).toMatchObject({ code: 20301 });
    expect((await post('here')).json).toMatchObject({ code: 0 });
    expect((await call('/accepted?provider=xiaomi')).json).toMatchObject({ items: [{ token: 'here' }] });
  });

  it('takes a provider down and up', async () => {
    await call('/script', { provider: 'apns', do: 'down' });
    await expect(push()).rejects.toThrow();
    await call('/script', { provider: 'apns', do: 'up' });
    expect((await push()).status).toBe(200);
  });

  it('says what is wrong with a script, and when a wait is over', async () => {
    expect(
      await call('/script', { provider: 'apns', rules: [{ answer: { kind: 'explode' } }], x: 1 }),
    ).toMatchObject({
      status: 400,
      json: { errors: expect.arrayContaining([expect.objectContaining({ path: 'rules.0.answer.kind' })]) },
    });
    expect(await call('/accepted?provider=fcm&wait_for=1&timeout_ms=5')).toMatchObject({
      status: 504,
      json: { error: expect.stringContaining('waited 5 ms for 1 accepted') },
    });
    expect((await call('/accepted?provider=x')).status).toBe(400);
    expect((await call('/nothing')).status).toBe(404);
    const plain = await fetch(`${sandbox.controlUrl}/reset`, { method: 'POST', body: '{}' });
    expect(plain.status).toBe(415);
  });
});

describe('start', () => {
  it('makes a server certificate for the names that it is given', async () => {
    await open({ hostNames: ['sandbox.internal'] });
    const opened = session(sandbox.apns.url, { servername: 'sandbox.internal' });
    await once(opened, 'connect');
    expect(new X509Certificate(sandbox.caPem).ca).toBe(true);
  });

  it('leaves nothing open where a port is taken', async () => {
    await open();
    const taken = Number(new URL(sandbox.fcm.url).port);
    await expect(startSandbox({ identity, fcmPort: taken })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});

it('uses fresh keys unless it is given an identity', async () => {
  await open({
    identity: undefined,
    topic: `com.example.${randomBytes(2).toString('hex')}`,
    clock: { now: () => Date.now(), monotonicMs: () => Date.now() },
  });
  expect(sandbox.caPem).not.toBe(identity.authority.certPem);
  const { keyPem, keyId, teamId, topic } = sandbox.credentials.apns;
  const claims = { iss: teamId, iat: Math.floor(Date.now() / 1000) };
  const authorization = `bearer ${jwt({ alg: 'ES256', kid: keyId }, claims, keyPem)}`;
  const headers = { ':path': '/3/device/00', 'apns-topic': topic, 'apns-push-type': 'alert', authorization };
  expect((await send(session(sandbox.apns.url), headers, alert)).status).toBe(200);
});

it('has every answer, and every call of the control plane, in its page', () => {
  const page = readFileSync(join(__dirname, '../../docs/sandbox.md'), 'utf8');
  const answers = [accept(), reply(200), hang(), reset(), refuse(), goaway(), closeSocket(), freeze()];
  for (const { kind } of answers) expect(page).toContain(`\n| \`${kind}\` |`);
  for (const call of ['GET /state', 'GET /accepted', 'POST /script', 'POST /reset'])
    expect(page).toContain(`| \`${call}`);
});
