import { createHash, createHmac } from 'node:crypto';
import { once } from 'node:events';
import { Agent, createServer, request as httpRequest, type IncomingMessage } from 'node:http';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { StoreUnavailableError } from '../../../src/store/ports/errors';
import { offline, readUntil, WebhookServer } from './webhook-server';

const path = '/webhook?event=msg.offline';
let server: WebhookServer;

async function start(options: ConstructorParameters<typeof WebhookServer>[0] = {}): Promise<WebhookServer> {
  server = await new WebhookServer(options).start();
  return server;
}

afterEach(() => server.close());

/** Of what is still in use. */
function arrayBufferBytes(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().arrayBuffers;
}

describe('the answer of the webhook', () => {
  it('is 200 with an empty body and a request id once the event is durable', async () => {
    await start();
    let durable!: () => void;
    const appended = new Promise<void>((seen) => {
      server.append = (event) => {
        server.appended.push(event);
        seen();
        return new Promise((resolve) => (durable = resolve));
      };
    });
    let answered = false;
    const answer = server.post(path, offline()).then((given) => {
      answered = true;
      return given;
    });
    await appended;
    expect(answered).toBe(false);
    durable();
    const given = await answer;
    expect([given.status, given.body, given.headers['content-length']]).toEqual([200, '', '0']);
    expect(given.headers['x-request-id']).toMatch(
      /^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/,
    );
    expect(server.appended[0]).toMatchObject({ lane: 'direct', recipients: [['bob']] });
  });

  it('keeps nothing of a trace where nobody collects spans', async () => {
    await start();
    const headers = { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' };
    expect((await server.post(path, offline())).status).toBe(200);
    expect((await server.post(path, offline(), headers)).status).toBe(200);
    const [bare, traced] = server.appended.map(({ body }) => body.toString());
    expect(traced).toBe(bare);
  });

  it('dates the event by the wall clock, which may have been set since the start of the process', async () => {
    const wallMs = Date.UTC(2026, 10, 29, 12);
    const clock = { now: () => wallMs, monotonicMs: () => wallMs - 8 * 3_600_000 };
    server = await new WebhookServer({}, clock).start();
    expect((await server.post(path, offline())).status).toBe(200);
    expect((await server.post(path, '{')).status).toBe(400);
    expect(server.appended.map(({ receivedAtMs }) => receivedAtMs)).toEqual([wallMs]);
    expect(server.letters.map(({ receivedAtMs }) => receivedAtMs)).toEqual([wallMs]);
  });

  it('keeps the connection, and repeats a request id that the sender gave', async () => {
    await start();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ports = new Set<number | undefined>();
    for (let count = 0; count < 5; count++) {
      await new Promise<void>((resolve, reject) => {
        const request = httpRequest(
          { port: server.port, method: 'POST', path, agent, headers: { 'X-Request-Id': `r-${count}` } },
          (response) => {
            expect(response.headers['x-request-id']).toBe(`r-${count}`);
            ports.add(response.socket.localPort);
            response.resume().on('end', resolve);
          },
        );
        request.on('error', reject);
        request.end(offline());
      });
    }
    agent.destroy();
    expect(ports.size).toBe(1);
  });

  it.each(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'])('is 405 with Allow for %s', async (method) => {
    await start({ secrets: ['s'] });
    const answer = await server.send(method, '/webhook/s?event=msg.offline');
    expect([answer.status, answer.headers.allow, answer.body]).toEqual([405, 'POST', '']);
    expect(answer.headers['x-request-id']).toBeDefined();
  });

  it.each(['/', '/webhooks', '/webhook/a/b', '/webhook//', '/other?event=msg.offline', '/v1/webhook'])(
    'is 404 for %s',
    async (other) => {
      await start();
      expect((await server.post(other, offline())).status).toBe(404);
    },
  );

  it.each(['msg.before_send', 'msg.stream', 'x'.repeat(5_000), '%E0%A4%A'])(
    'is 200 with an empty body for unknown event %#, counted under one label',
    async (event) => {
      await start();
      const answer = await server.post(`/webhook?event=${event}`, '{"anything":1}');
      expect([answer.status, answer.body]).toEqual([200, '']);
      expect(
        await server.metric('relay_webhook_requests_total', { event: 'unknown', result: 'ignored' }),
      ).toBe(1);
    },
  );

  it.each(['/webhook', '/webhook?event=', '/webhook?token=x'])('is 400 for %s: no event', async (target) => {
    await start();
    expect((await server.post(target, offline())).status).toBe(400);
    expect(server.letters[0]).toMatchObject({ source: 'webhook', reason: 'invalid_event' });
  });

  it('is 503 when the store refuses, and never 200', async () => {
    await start();
    server.append = () => Promise.reject(new StoreUnavailableError('disk full'));
    expect((await server.post(path, offline())).status).toBe(503);
    expect(await server.metric('relay_events_lost_total', { cause: 'not_durable' })).toBe(1);
    server.append = () => {
      throw new TypeError('a bug');
    };
    expect((await server.post(path, offline())).status).toBe(503);
    server.append = async (event) => void server.appended.push(event);
    expect((await server.post(path, offline())).status).toBe(200);
  });

  it('is 503 for a broken body that cannot be kept', async () => {
    await start();
    server.addLetters = () => Promise.reject(new StoreUnavailableError('disk full'));
    expect((await server.post(path, '{')).status).toBe(503);
  });

  it('closes the connection while draining, and is still 200', async () => {
    await start();
    server.draining = true;
    const answer = await server.post(path, offline(), { Connection: 'keep-alive' });
    expect([answer.status, answer.headers.connection]).toEqual([200, 'close']);
    expect(server.appended).toHaveLength(1);
  });

  it('is 200 for an event without recipients, which appends nothing', async () => {
    await start();
    for (const uids of [[], null, undefined])
      expect((await server.post(path, offline({ to_uids: uids }))).status).toBe(200);
    expect(server.appended).toEqual([]);
    expect(await server.metric('relay_webhook_requests_total', { result: 'empty' })).toBe(3);
  });

  it.each(['application/json', 'text/plain', 'application/x-www-form-urlencoded', 'nonsense'])(
    'does not depend on the content type (%s)',
    async (type) => {
      await start();
      expect((await server.post(path, offline(), { 'Content-Type': type })).status).toBe(200);
    },
  );

  it('answers below an Express mount, where the path is cut', async () => {
    await start();
    const handler = server.server.listeners('request')[0] as (request: unknown, response: unknown) => void;
    const mounted = createServer((request, response) => {
      Object.assign(request, { originalUrl: request.url, url: '/?event=msg.offline' });
      handler(request, response);
    });
    mounted.listen(0, '127.0.0.1');
    await once(mounted, 'listening');
    const { port } = mounted.address() as { port: number };
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', body: offline() });
    mounted.closeAllConnections();
    mounted.close();
    expect(answer.status).toBe(200);
  });
});

describe('a broken body', () => {
  it('is kept as a dead letter and logged by reason, length, digest and path, without content', async () => {
    await start();
    const body = offline({ to_uids: 'bob', payload: 'c2VjcmV0LXRleHQ=' });
    const answer = await server.post(path, body);
    expect([answer.status, answer.body]).toEqual([400, '']);
    expect(server.letters).toHaveLength(1);
    expect(server.letters[0]).toMatchObject({
      source: 'webhook',
      reason: 'invalid_type',
      recipients: [],
      bodyTruncated: false,
    });
    expect(server.letters[0]?.body.toString()).toBe(body);
    const line = server.lines.find(({ level }) => level === 'error');
    expect(line?.fields).toMatchObject({
      path: '$.to_uids',
      reason: 'type',
      lengthBytes: body.length,
      sha256: createHash('sha256').update(body).digest('hex'),
    });
    expect(JSON.stringify(server.lines)).not.toMatch(/c2VjcmV0|bob/);
    expect(await server.metric('relay_events_lost_total', { cause: 'invalid_body' })).toBe(1);
  });

  it('is none where only a field, the sender or a uid is odd: that is left out, logged and counted', async () => {
    await start();
    const odd = { from_uid: 'x'.repeat(257), expire: 'never', client_msg_no: 'secret'.repeat(200) };
    const answer = await server.post(path, offline({ ...odd, to_uids: ['', 'bob', 7, 'carol'] }));
    expect([answer.status, server.letters]).toEqual([200, []]);
    expect(server.appended[0]?.recipients).toEqual([['bob', 'carol']]);
    expect(server.messages[0]).toMatchObject({ fromUid: '', expireSeconds: 0, clientMsgNo: '' });
    for (const field of Object.keys(odd))
      expect(await server.metric('relay_webhook_odd_fields_total', { field })).toBe(1);
    expect(await server.metric('relay_webhook_unaddressable_uids_total')).toBe(2);
    expect(await server.metric('relay_events_lost_total')).toBe(0);
    expect(server.lines.filter(({ level }) => level === 'warn').map(({ fields }) => fields)).toMatchObject([
      { fields: ['client_msg_no', 'from_uid', 'expire'] },
      { count: 2 },
    ]);
    expect(JSON.stringify(server.lines)).not.toMatch(/secret|never|bob/);
  });

  it.each([
    ['empty', '', 'invalid_empty'],
    ['cut JSON', offline().slice(0, 40), 'invalid_json'],
    ['no JSON', 'hello secret', 'invalid_json'],
    ['an array', '[]', 'invalid_type'],
    ['null', 'null', 'invalid_type'],
    ['broken UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]), 'invalid_utf8'],
  ])('is 400 when it is %s', async (_name, body, reason) => {
    await start();
    expect((await server.post(path, body)).status).toBe(400);
    expect(server.letters[0]?.reason).toBe(reason);
    expect(JSON.stringify(server.lines)).not.toContain('secret');
  });

  it('is cut to 64 KiB where it is kept', async () => {
    await start();
    expect((await server.post(path, 'x'.repeat(100_000))).status).toBe(400);
    expect(server.letters[0]).toMatchObject({ bodyTruncated: true });
    expect(server.letters[0]?.body.length).toBe(65_536);
  });

  it('is 400 when the request itself is compressed', async () => {
    await start();
    const answer = await server.post(path, gzipSync(offline()), { 'Content-Encoding': 'gzip' });
    expect([answer.status, server.letters[0]?.reason]).toEqual([400, 'invalid_encoding']);
  });
});

describe('authentication', () => {
  const basic = (text: string): Record<string, string> => ({
    Authorization: `Basic ${Buffer.from(text).toString('base64')}`,
  });
  const sign = (secret: string, body: string): Record<string, string> => ({
    'X-Signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
  });

  it.each([
    ['path', '/webhook/n%33w-k3y?event=msg.offline', {}],
    ['path with a slash behind', '/webhook/n3w-k3y/?event=msg.offline', {}],
    ['old secret', '/webhook/old%2Fone?event=msg.offline', {}],
    ['query, main', '/webhook?event=msg.offline&token=n3w-k3y', {}],
    ['query, v2', '/webhook?token=n3w-k3y?event=msg.offline', {}],
    ['query, v2, more parameters', '/webhook/?a=b&token=n3w-k3y&c=d?event=msg.offline', {}],
    ['Basic', path, basic('anyone:n3w-k3y')],
    ['Basic with a colon in it', path, basic('anyone:with:colon')],
    ['signature', path, sign('n3w-k3y', offline())],
    ['signature of the old secret', path, sign('old/one', offline())],
    ['signature beside a wrong path', '/webhook/gu3ss?event=msg.offline', sign('n3w-k3y', offline())],
    ['absolute form', 'http://relay/webhook/n3w-k3y?event=msg.offline', {}],
  ])('takes a secret by %s', async (_way, target, headers) => {
    await start({ secrets: ['n3w-k3y', 'old/one', 'with:colon'] });
    expect((await server.post(target, offline(), headers)).status).toBe(200);
    expect(server.appended).toHaveLength(1);
  });

  it.each([
    ['nothing', path, {}],
    ['a wrong path', '/webhook/gu3ss?event=msg.offline', {}],
    ['a prefix', '/webhook/n3w?event=msg.offline', {}],
    ['a wrong query', '/webhook?token=gu3ss?event=msg.offline', {}],
    ['the secret as user', path, basic('n3w-k3y:gu3ss')],
    ['no colon', path, basic('n3w-k3y')],
    ['Bearer', path, { Authorization: 'Bearer n3w-k3y' }],
    ['a signature of something else', path, sign('n3w-k3y', 'something else')],
    ['a signature by another key', path, sign('gu3ss', offline())],
    ['no hexadecimal', path, { 'X-Signature-256': 'sha256=zz' }],
  ])('is 401 for %s, loses no event and says no secret', async (_way, target, headers) => {
    await start({ secrets: ['n3w-k3y'] });
    const answer = await server.post(target, offline(), headers);
    expect([answer.status, answer.body]).toEqual([401, '']);
    expect(server.appended).toEqual([]);
    expect(server.letters).toEqual([]);
    expect(await server.metric('relay_events_lost_total')).toBe(0);
    expect(await server.metric('relay_webhook_requests_total', { result: 'unauthorized' })).toBe(1);
    expect(JSON.stringify(server.lines)).not.toMatch(/n3w-k3y|gu3ss/);
  });

  it('answers 401 before a body that never comes, and closes', async () => {
    await start({ secrets: ['s'] });
    const socket = await server.raw(
      'POST /webhook?event=msg.offline HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n',
    );
    const head = await readUntil(socket, '\r\n\r\n');
    expect(head).toMatch(/^HTTP\/1\.1 401 .*connection: close/is);
    socket.end();
    await once(socket, 'close');
  });

  it('lets a sender of 5 MB see its 401', async () => {
    await start({ secrets: ['s'] });
    const url = `http://127.0.0.1:${server.port}${path}`;
    const answer = await fetch(url, { method: 'POST', body: Buffer.alloc(5_000_000, 0x20) });
    expect(answer.status).toBe(401);
  });

  it('checks the address as well as the secret', async () => {
    await start({ secrets: ['s'], allowFrom: ['10.0.0.0/8'] });
    expect((await server.post('/webhook/s?event=msg.offline', offline())).status).toBe(401);
    await server.close();
    await start({ secrets: ['s'], allowFrom: ['127.0.0.0/8'] });
    expect((await server.post(path, offline())).status).toBe(401);
    expect((await server.post('/webhook/s?event=msg.offline', offline())).status).toBe(200);
  });

  it('takes an allowed address alone as authentication', async () => {
    await start({ allowFrom: ['127.0.0.1'] });
    expect((await server.post(path, offline())).status).toBe(200);
  });

  it('believes X-Forwarded-For of trusted proxies only', async () => {
    const forwarded = { 'X-Forwarded-For': '203.0.113.9, 192.0.2.1' };
    await start({ allowFrom: ['192.0.2.0/24'] });
    expect((await server.post(path, offline(), forwarded)).status).toBe(401);
    await server.close();
    await start({ allowFrom: ['192.0.2.0/24'], trustedProxies: ['127.0.0.0/8'] });
    expect((await server.post(path, offline(), forwarded)).status).toBe(200);
    expect((await server.post(path, offline(), { 'X-Forwarded-For': '192.0.2.1, 203.0.113.9' })).status).toBe(
      401,
    );
  });
});

describe('the size of a body', () => {
  it('is 413 beyond the limit, announced or in chunks, and the sender sees it', async () => {
    await start({ maxBodyBytes: 100_000 });
    const url = `http://127.0.0.1:${server.port}${path}`;
    const large = Buffer.alloc(3_000_000, 0x20);
    expect((await fetch(url, { method: 'POST', body: large })).status).toBe(413);
    expect((await server.send('POST', path, large, {}, true)).status).toBe(413);
    expect(await server.metric('relay_events_lost_total', { cause: 'body_too_large' })).toBe(2);
    expect(await server.metric('relay_webhook_bytes_in_flight')).toBe(0);
    expect((await server.post(path, offline())).status).toBe(200);
  });

  it('is taken in chunks of any number', async () => {
    await start();
    const uids = Array.from({ length: 20_000 }, (_, index) => `user${index}`);
    const answer = await server.send('POST', path, offline({ to_uids: uids }), {}, true);
    expect(answer.status).toBe(200);
    expect(server.appended.flatMap(({ recipients }) => recipients.flat())).toEqual(uids);
  });

  it('is asked for by 100 Continue only when the sender is known and the length is right', async () => {
    await start({ secrets: ['s'], maxBodyBytes: 10_000 });
    const head = (target: string, length: number): string =>
      `POST ${target} HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: ${length}\r\n\r\n`;
    const body = offline();
    const known = await server.raw(head('/webhook/s?event=msg.offline', body.length));
    expect(await readUntil(known, '\r\n\r\n')).toMatch(/^HTTP\/1\.1 100 /);
    known.write(body);
    expect(await readUntil(known, '\r\n\r\n')).toMatch(/^HTTP\/1\.1 200 /);
    known.destroy();
    const stranger = await server.raw(head('/webhook?event=msg.offline', body.length));
    expect(await readUntil(stranger, '\r\n\r\n')).toMatch(/^HTTP\/1\.1 401 /);
    stranger.destroy();
    const large = await server.raw(head('/webhook/s?event=msg.offline', 10_001));
    expect(await readUntil(large, '\r\n\r\n')).toMatch(/^HTTP\/1\.1 413 /);
    large.destroy();
  });

  it('is given back when the sender leaves in the middle', async () => {
    await start();
    const counted = new Promise<void>((resolve) =>
      server.server.once('request', (request) => request.on('close', resolve)),
    );
    const socket = await server.raw(
      'POST /webhook?event=msg.offline HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{"hea',
    );
    await once(server.server, 'request');
    while ((await server.metric('relay_webhook_bytes_in_flight')) === 0)
      await new Promise((resolve) => setImmediate(resolve));
    socket.destroy();
    await counted;
    await new Promise((resolve) => setImmediate(resolve));
    expect(await server.metric('relay_webhook_bytes_in_flight')).toBe(0);
    expect(await server.metric('relay_events_lost_total', { cause: 'request_aborted' })).toBe(1);
  });

  it('is not kept once it is answered, though the server keeps the request', async () => {
    await start();
    server.append = async () => {};
    const body = offline({ to_uids: Array.from({ length: 60_000 }, (_, index) => `member${index}-of-all`) });
    const kept: IncomingMessage[] = [];
    server.server.on('request', (request) => kept.push(request));
    const before = arrayBufferBytes();
    for (let count = 0; count < 8; count += 1) expect((await server.post(path, body)).status).toBe(200);
    // The client of the test lets go of its own a little later.
    while (arrayBufferBytes() - before >= 2 * body.length)
      await new Promise((resolve) => setTimeout(resolve, 20));
    expect(kept).toHaveLength(8);
  });

  it('bounds what all requests hold and decode, and loses none', async () => {
    const limit = 1024 * 1024;
    await start({ maxInflightBytes: limit });
    const release: (() => void)[] = [];
    let held = 0;
    let first!: () => void;
    const oneIsIn = new Promise<void>((resolve) => (first = resolve));
    server.append = (event) => {
      server.appended.push(event);
      return new Promise((resolve) => {
        release.push(resolve);
        held = Math.max(held, release.length);
        first();
      });
    };
    const uids = Array.from({ length: 8_000 }, (_, index) => `member-${index}-of-all`);
    const answers = Array.from({ length: 12 }, (_, index) =>
      server.send(
        'POST',
        path,
        offline({ to_uids: uids, message_idstr: String(index + 1) }),
        {},
        index % 3 === 2,
      ),
    );
    await oneIsIn;
    while ((await server.metric('relay_webhook_bodies_waiting')) === 0)
      await new Promise((resolve) => setImmediate(resolve));
    // And the one that reads on, and a piece of each that waits.
    expect(await server.metric('relay_webhook_bytes_in_flight')).toBeLessThan(limit + 12 * 65_536);
    // A person's message goes by.
    server.append = async (event) => void server.appended.push(event);
    expect((await server.post(path, offline())).status).toBe(200);
    for (const free of release) free();
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual(Array(12).fill(200));
    expect(held).toBe(1);
    expect(new Set(server.messages.map(({ messageId }) => messageId)).size).toBe(13);
    expect(await server.metric('relay_webhook_bytes_in_flight')).toBe(0);
    expect(await server.metric('relay_webhook_bodies_waiting')).toBe(0);
  });

  it.each([
    ['announced at full length by one that does not prove itself', 3, 33_554_432, 'x', true],
    ['that drip', 60, 60_000, '{"to_uids":["'.padEnd(50_000, 'x'), true],
    ['that drip, of proven senders', 60, 60_000, '{"to_uids":["'.padEnd(50_000, 'x'), false],
    ['of medium size that drip', 20, 900_000, '{"to_uids":["'.padEnd(100_000, 'x'), false],
  ])(
    'does not hold up signed and proven senders, small and large: %s',
    async (_, count, length, begun, isSigned) => {
      await start({ secrets: ['s'], maxInflightBytes: isSigned ? 16 * 1024 * 1024 : 1024 * 1024 });
      const made = `X-Signature-256: sha256=${'0'.repeat(64)}\r\n`;
      const target = isSigned ? path : '/webhook/s?event=msg.offline';
      const head = `POST ${target} HTTP/1.1\r\nHost: x\r\n${isSigned ? made : ''}Content-Length: ${length}\r\n\r\n`;
      const sockets = await Promise.all(Array.from({ length: count }, () => server.raw(head + begun)));
      const dripping = setInterval(() => {
        for (const socket of sockets) if (socket.writable) socket.write('x');
      }, 50);
      for (const socket of sockets) socket.on('error', () => {}).resume();
      const many = Array.from({ length: 8_000 }, (_, index) => `member-${index}-of-all`);
      for (const body of [offline(), offline({ to_uids: many })]) {
        const signature = `sha256=${createHmac('sha256', 's').update(body).digest('hex')}`;
        expect((await server.post(path, body, { 'X-Signature-256': signature })).status).toBe(200);
        expect((await server.post('/webhook/s?event=msg.offline', body)).status).toBe(200);
      }
      clearInterval(dripping);
      for (const socket of sockets) socket.destroy();
    },
  );

  it('takes memory for what has come, not for what is announced nor for each of its pieces', async () => {
    await start();
    const sockets = await Promise.all(
      Array.from({ length: 50 }, () =>
        server.raw(
          'POST /webhook?event=msg.offline HTTP/1.1\r\nHost: x\r\nContent-Length: 33554432\r\n\r\n{',
        ),
      ),
    );
    const chunked = await server.raw(
      `POST /webhook?event=msg.offline HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n${'1\r\n \r\n'.repeat(10_000)}`,
    );
    while ((await server.metric('relay_webhook_bytes_in_flight')) < 50 + 10_000)
      await new Promise((resolve) => setImmediate(resolve));
    expect(await server.metric('relay_webhook_bytes_in_flight')).toBeLessThan(50 * 1_024 + 3 * 10_000);
    for (const socket of [...sockets, chunked]) socket.destroy();
  });

  it('lets strangers with a made-up signature hold only their share', async () => {
    await start({ secrets: ['s'], maxInflightBytes: 40_000 });
    const strangers = await Promise.all(
      Array.from({ length: 5 }, () =>
        server.raw(
          `POST ${path} HTTP/1.1\r\nHost: x\r\nX-Signature-256: sha256=${'0'.repeat(64)}\r\nContent-Length: 10000\r\n\r\n{`,
        ),
      ),
    );
    expect((await server.post('/webhook/s?event=msg.offline', offline())).status).toBe(200);
    for (const socket of strangers) socket.destroy();
  });
});

describe('a 100,000-recipient event', () => {
  it('is taken by the bulk lane in entries of 500', async () => {
    await start();
    const uids = Array.from(
      { length: 100_000 },
      (_, index) => `6d656d6265722d3030${String(index).padStart(14, '0')}`,
    );
    const answer = await server.post(path, offline({ to_uids: [...uids, ...uids.slice(0, 10)] }));
    expect(answer.status).toBe(200);
    // In portions, all of one body.
    const [first, ...others] = server.appended;
    for (const { bodyId, lane, body, receivedAtMs } of others)
      expect({ bodyId, lane, body, receivedAtMs }).toEqual({
        bodyId: first?.bodyId,
        lane: 'bulk',
        body: first?.body,
        receivedAtMs: first?.receivedAtMs,
      });
    expect(others.length).toBeGreaterThan(5);
    const groups = server.appended.flatMap(({ recipients }) => recipients);
    expect(groups).toHaveLength(200);
    expect(groups.flat()).toEqual(uids);
  });

  it('is refused where the store fails in the middle of it', async () => {
    await start();
    const { append } = server;
    server.append = async (event) => {
      if (server.appended.length === 3) throw new StoreUnavailableError('the disk is full');
      await append(event);
    };
    const uids = Array.from({ length: 50_000 }, (_, index) => `user${index}`);
    expect((await server.post(path, offline({ to_uids: uids }))).status).toBe(503);
    expect(server.appended).toHaveLength(3);
  });

  it('is mixed with no other that comes at the same time or after it', async () => {
    await start();
    const letters = ['a', 'b', 'c', 'd', 'e', 'f'];
    // Over 1 MiB: memory of such bodies is used again.
    const uidsOf = (letter: string) =>
      Array.from({ length: 32_000 }, (_, index) => letter.repeat(30) + index);
    const post = (letter: string) =>
      server.post(path, offline({ from_uid: letter, to_uids: uidsOf(letter) })).then(({ status }) => status);
    for (const some of [letters.slice(0, 3), letters.slice(3)])
      expect(await Promise.all(some.map(post))).toEqual(some.map(() => 200));
    const taken = new Map<string, string[]>(letters.map((letter) => [letter, []]));
    for (const [index, { fromUid }] of server.messages.entries())
      taken.get(fromUid)?.push(...(server.appended[index]?.recipients.flat() ?? []));
    // As text: to compare arrays of such lengths takes seconds.
    for (const letter of letters) expect(taken.get(letter)?.join() === uidsOf(letter).join()).toBe(true);
  });
});
