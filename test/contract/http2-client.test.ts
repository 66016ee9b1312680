import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createSecureServer, sensitiveHeaders, type IncomingHttpHeaders } from 'node:http2';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { silentLogger } from '../../src/domain/logger';
import type { HttpClient, Http2ClientOptions, HttpRequest, HttpResult } from '../../src/transport/port';
import { createHttp2Client, type Http2ClientContext } from '../../src/transport/http2-client';
import { Arrivals } from './arrivals';
import { createTestAuthority, type TestAuthority, type TestCertificate } from './certificates';
import { FakeProxy } from './fake-proxy';
import {
  CANCEL,
  ENHANCE_YOUR_CALM,
  INTERNAL_ERROR,
  NO_ERROR,
  type RawConnection,
  RawPeer,
  type RawPeerOptions,
  REFUSED_STREAM,
} from './raw-http2-peer';
import { freePort } from '../helpers/free-port';

const defaults: Omit<Http2ClientOptions, 'baseUrl'> = {
  proxyUrl: null,
  minConnections: 1,
  maxConnections: 1,
  maxStreamsPerConnection: 1000,
  singleStreamUntilFirstAnswer: false,
  tls: {},
  pingIntervalMs: 60_000,
  pingTimeoutMs: 10_000,
  connectTimeoutMs: 5_000,
  idleTimeoutMs: 60_000,
};

const clock = { now: () => performance.now(), monotonicMs: () => performance.now() };

/** What every `HttpClient` must do, shown against peers on real sockets. */
describe('HTTP/2 client', () => {
  let authority: TestAuthority;
  let certificate: TestCertificate;
  let releases: (() => unknown)[] = [];
  let answeredWrongly = 0;

  beforeAll(async () => {
    authority = await createTestAuthority();
    certificate = await authority.issue(['localhost', '127.0.0.1']);
  });

  afterEach(async () => {
    const taken = releases.reverse();
    releases = [];
    for (const release of taken) await release();
    expect(answeredWrongly).toBe(0);
  });

  const listen = async (options?: RawPeerOptions): Promise<RawPeer> => {
    const peer = await RawPeer.listen(options);
    releases.push(() => peer.close());
    return peer;
  };
  const connectTo = (
    baseUrl: string,
    options: Partial<Http2ClientOptions> = {},
    context: Partial<Http2ClientContext> = {},
  ): HttpClient => {
    const client = createHttp2Client(
      { ...defaults, baseUrl, ...options },
      { clock, logger: silentLogger, ...context },
    );
    releases.push(() => client.close(0));
    return client;
  };
  const ask = (client: HttpClient, body: string, request: Partial<HttpRequest> = {}): Promise<HttpResult> =>
    new Promise((resolve) => {
      let answers = 0;
      const asked: HttpRequest = {
        ...{ method: 'POST', path: '/p', headers: {}, sensitive: [], timeoutMs: 10_000, body },
        ...request,
      };
      client.request(asked, (result, answered) => {
        answers += 1;
        if (answers > 1 || answered !== asked) answeredWrongly += 1;
        resolve(result);
      });
    });
  const askMany = (
    client: HttpClient,
    count: number,
    request?: Partial<HttpRequest>,
  ): Promise<HttpResult>[] => Array.from({ length: count }, (_, i) => ask(client, String(i), request));
  const isOk = (result: HttpResult): boolean => result.kind === 'response' && result.status === 200;

  describe('a request', () => {
    const serve = async (): Promise<{
      url: string;
      seen: Arrivals<{ headers: IncomingHttpHeaders; body: string }>;
    }> => {
      const seen = new Arrivals<{ headers: IncomingHttpHeaders; body: string }>();
      const server = createSecureServer(certificate);
      server.on('stream', (stream, headers) => {
        let body = '';
        stream.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
        stream.on('end', () => {
          seen.push({ headers, body });
          stream.respond({ ':status': 201, 'x-answer': 'yes', 'set-cookie': ['a=1', 'b=2'] });
          stream.end(`got ${body.length} characters`);
        });
      });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      releases.push(() => new Promise((resolve) => server.close(resolve)));
      return { url: `https://localhost:${(server.address() as AddressInfo).port}`, seen };
    };

    it('reaches the peer whole, and its answer comes back whole', async () => {
      const { url, seen } = await serve();
      const client = connectTo(`${url}/base/path/`, { tls: { ca: authority.cert } });
      const result = await ask(client, 'héllo 世界', {
        path: '/3/device/abc?x=%20',
        headers: { 'apns-topic': 'com.example', authorization: 'bearer secret' },
        sensitive: ['authorization'],
      });
      expect(result).toEqual({
        kind: 'response',
        status: 201,
        headers: expect.objectContaining({ 'x-answer': 'yes', 'set-cookie': 'a=1, b=2' }),
        body: 'got 8 characters',
      });
      expect(Object.keys(result.kind === 'response' ? result.headers : {})).not.toContain(':status');
      const { headers, body } = await seen.next();
      expect(body).toBe('héllo 世界');
      expect(headers).toMatchObject({
        ':method': 'POST',
        ':path': '/base/path/3/device/abc?x=%20',
        ':scheme': 'https',
        ':authority': url.slice('https://'.length),
        'apns-topic': 'com.example',
      });
      expect((headers as { [sensitiveHeaders]?: string[] })[sensitiveHeaders]).toEqual(['authorization']);
    });

    it('may have no body, or bytes, or a body larger than the flow-control window', async () => {
      const { url, seen } = await serve();
      const client = connectTo(url, { tls: { ca: authority.cert } });
      expect(await ask(client, '', { method: 'GET' })).toMatchObject({
        status: 201,
        body: 'got 0 characters',
      });
      expect(await ask(client, '', { body: Buffer.from('bytes') })).toMatchObject({
        body: 'got 5 characters',
      });
      expect(await ask(client, 'x'.repeat(300_000))).toMatchObject({ body: 'got 300000 characters' });
      expect(seen.all[0]?.headers[':method']).toBe('GET');
    });

    it.each([
      ['a relative path', { path: 'device' }],
      ['a path with a space', { path: '/3/device/a b' }],
      ['a path with a line break', { path: '/a\r\nb: c' }],
      ['a path with a character beyond ASCII', { path: '/世' }],
      ['a header value with a line break', { headers: { a: 'b\r\nc: d' } }],
      ['a header value with a NUL', { headers: { a: 'b\0' } }],
      ['a header value beyond ASCII', { headers: { a: '世' } }],
      ['a header name with capitals', { headers: { 'X-A': 'b' } }],
      ['a header name with a space', { headers: { 'x a': 'b' } }],
      ['a pseudo header', { headers: { ':path': '/' } }],
      ['no time', { timeoutMs: 0 }],
      ['endless time', { timeoutMs: Infinity }],
      ['a time that is no number', { timeoutMs: NaN }],
      ['an empty header name', { headers: { '': 'b' } }],
      ['a connection header', { headers: { connection: 'close' } }],
    ])('with %s is refused before anything is sent', async (_, request) => {
      const peer = await listen();
      const result = await ask(connectTo(peer.url), 'x', request);
      expect(result).toEqual({ kind: 'not_processed', cause: expect.stringContaining('invalid request') });
      expect(peer.connections.all).toHaveLength(0);
    });

    it('is never answered before the call returns', async () => {
      const peer = await listen();
      const client = connectTo(peer.url);
      await client.close(0);
      let returned = false;
      const answered = new Promise<boolean>((resolve) =>
        client.request(
          { method: 'GET', path: '/', headers: {}, sensitive: [], body: '', timeoutMs: 100 },
          () => resolve(returned),
        ),
      );
      returned = true;
      expect(await answered).toBe(true);
    });
  });

  describe('an answer', () => {
    it('may come in many pieces', async () => {
      const peer = await listen();
      const client = connectTo(peer.url);
      const result = ask(client, 'x');
      const { connection, streamId } = await peer.requests.next();
      connection.respondHeaders(streamId, 400, { 'content-type': 'application/json' });
      const bytes = Buffer.from('{"reason":"Bad世界"}');
      for (let i = 0; i < bytes.length; i += 1)
        connection.data(streamId, bytes.subarray(i, i + 1), i === bytes.length - 1);
      expect(await result).toEqual({
        kind: 'response',
        status: 400,
        headers: { 'content-type': 'application/json' },
        body: '{"reason":"Bad世界"}',
      });
    });

    it('may be 64 KiB, and is cut beyond', async () => {
      const peer = await listen();
      const client = connectTo(peer.url);
      const fits = ask(client, '1');
      const first = await peer.requests.next();
      first.connection.respond(first.streamId, 200, 'x'.repeat(60_000));
      expect(await fits).toMatchObject({ kind: 'response', body: 'x'.repeat(60_000) });
      const tooLong = ask(client, '2');
      const second = await peer.requests.next();
      second.connection.respondHeaders(second.streamId, 200);
      second.connection.data(second.streamId, Buffer.alloc(65_000), false);
      second.connection.data(second.streamId, Buffer.alloc(1_000), false);
      expect(await tooLong).toEqual({ kind: 'cut', cause: expect.stringContaining('larger') });
      expect(await second.connection.resets.next()).toEqual({ streamId: second.streamId, code: CANCEL });
      expect(peer.connections.all).toHaveLength(1);
    });

    it('may be longer for a call that asks for it, in single bytes too, and is cut beyond', async () => {
      const peer = await listen();
      const client = connectTo(peer.url);
      const maxAnswerBytes = 100_000;
      const text = 'abcdefghij'.repeat(maxAnswerBytes / 10);
      for (const [length, step] of [
        [maxAnswerBytes, 1],
        [maxAnswerBytes, 16_384],
        [maxAnswerBytes + 1, 16_384],
      ] as const) {
        const result = ask(client, 'x', { maxAnswerBytes });
        const { connection, streamId } = await peer.requests.next();
        connection.respondHeaders(streamId, 200);
        const body = Buffer.from(`${text}!`.slice(0, length));
        for (let at = 0; at < length; at += step)
          connection.data(streamId, body.subarray(at, at + step), at + step >= length);
        const cause = `answer is larger than ${maxAnswerBytes} bytes`;
        expect(await result).toMatchObject(
          length === maxAnswerBytes ? { kind: 'response', body: text } : { kind: 'cut', cause },
        );
      }
    });

    it('that ends in the middle is cut, never taken for whole', async () => {
      for (const end of ['FIN', 'RST', 'CANCEL', 'INTERNAL_ERROR', 'NO_ERROR']) {
        const peer = await listen();
        const client = connectTo(peer.url);
        const result = ask(client, 'x');
        const { connection, streamId } = await peer.requests.next();
        connection.respondHeaders(streamId, 200, { 'content-length': '20' });
        connection.data(streamId, Buffer.from('{"half":'), false);
        if (end === 'FIN') connection.socket.end();
        else if (end === 'RST') connection.socket.resetAndDestroy();
        else connection.reset(streamId, { CANCEL, INTERNAL_ERROR, NO_ERROR }[end] ?? NO_ERROR);
        expect([end, await result]).toEqual([end, { kind: 'cut', cause: expect.any(String) }]);
      }
    });

    it('that comes before the request was taken in whole ends the request', async () => {
      const peer = await listen();
      const client = connectTo(peer.url);
      const result = ask(client, 'x'.repeat(200_000));
      const connection = await peer.connections.next();
      await until(() => connection.opened === 1);
      connection.respond(1, 413, 'too large');
      expect(await result).toMatchObject({ kind: 'response', status: 413, body: 'too large' });
      await connection.resets.next();
    });

    it('waits for the final status after an informational one', async () => {
      const peer = await listen();
      const result = ask(connectTo(peer.url), 'x');
      const { connection, streamId } = await peer.requests.next();
      connection.respondHeaders(streamId, 103, { link: '</x>' });
      connection.respond(streamId, 200, 'done');
      expect(await result).toMatchObject({ status: 200, body: 'done' });
    });
  });

  describe('streams', () => {
    it('never exceed what the peer allows, and wait in order', async () => {
      const peer = await listen({ maxStreams: 2 });
      const client = connectTo(peer.url);
      const results = askMany(client, 7);
      const order: string[] = [];
      for (let answered = 0; answered < 7; answered += 1) {
        const request = await peer.requests.next();
        order.push(request.body);
        if (answered < 5) await until(() => openOn(peer) === 2);
        request.connection.respond(request.streamId);
      }
      expect((await Promise.all(results)).every(isOk)).toBe(true);
      expect(order).toEqual(['0', '1', '2', '3', '4', '5', '6']);
      expect(client.stats()).toEqual({ connections: 1 });
    });

    it('follow the limit as it is raised and lowered', async () => {
      const peer = await listen({ maxStreams: 1 });
      const client = connectTo(peer.url);
      const results = askMany(client, 20);
      const [first] = await peer.requests.take(1);
      const connection = first!.connection;
      expect(connection.opened).toBe(1);
      connection.settings(10);
      const nine = await peer.requests.take(9);
      await until(() => openOn(peer) === 10);
      connection.settings(2);
      connection.answersPing = true;
      for (const { streamId } of [first!, ...nine]) connection.respond(streamId);
      for (let left = 10; left > 0; left -= 1) {
        const { streamId } = await peer.requests.next();
        expect(openOn(peer)).toBeLessThanOrEqual(2);
        connection.respond(streamId);
      }
      expect((await Promise.all(results)).every(isOk)).toBe(true);
    });

    it('stay below the own limit where the peer allows more', async () => {
      const peer = await listen({ maxStreams: 1000 });
      const client = connectTo(peer.url, { maxStreamsPerConnection: 3 });
      const results = askMany(client, 4);
      const three = await peer.requests.take(3);
      await roundTrip(three[0]!.connection);
      expect(openOn(peer)).toBe(3);
      for (const { connection, streamId } of three) connection.respond(streamId);
      const last = await peer.requests.next();
      last.connection.respond(last.streamId);
      expect((await Promise.all(results)).every(isOk)).toBe(true);
    });

    it('begin with a single one until its answer, in a cold burst', async () => {
      const peer = await listen({ maxStreams: 1000 });
      const client = connectTo(peer.url, { singleStreamUntilFirstAnswer: true, maxConnections: 4 });
      const results = askMany(client, 60);
      const { connection, streamId } = await peer.requests.next();
      connection.answersPing = true;
      await roundTrip(connection);
      expect([connection.opened, client.stats()]).toEqual([1, { connections: 1 }]);
      connection.respond(streamId);
      const rest = await peer.requests.take(59);
      for (const request of rest) request.connection.respond(request.streamId);
      expect((await Promise.all(results)).every(isOk)).toBe(true);
      expect(peer.connections.all).toHaveLength(1);
    });

    it('stay single while the peer refuses the credential', async () => {
      const peer = await listen({ maxStreams: 1000 });
      const client = connectTo(peer.url, { singleStreamUntilFirstAnswer: true });
      const results = askMany(client, 3);
      for (let i = 0; i < 3; i += 1) {
        const { connection, streamId } = await peer.requests.next();
        await roundTrip(connection);
        expect(openOn(peer)).toBe(1);
        connection.respond(streamId, 403, '{"reason":"InvalidProviderToken"}');
      }
      await Promise.all(results);
    });

    it('outlive the stream ids of a connection', async () => {
      const peer = await listen();
      const client = connectTo(peer.url, {}, { lastStreamId: 5 });
      const results = askMany(client, 8);
      for (const { connection, streamId } of await peer.requests.take(8)) {
        expect(streamId).toBeLessThanOrEqual(5);
        connection.respond(streamId);
      }
      expect((await Promise.all(results)).every(isOk)).toBe(true);
      expect(peer.connections.all).toHaveLength(3);
    });
  });

  describe('connections', () => {
    it('are one for many requests, kept', async () => {
      const peer = await listen();
      const client = connectTo(peer.url);
      for (let i = 0; i < 20; i += 1) {
        const result = ask(client, String(i));
        const { connection, streamId } = await peer.requests.next();
        connection.respond(streamId);
        expect(isOk(await result)).toBe(true);
      }
      expect(peer.connections.all).toHaveLength(1);
    });

    it('are added under load up to the maximum, and share it evenly', async () => {
      const peer = await listen({ maxStreams: 10 });
      const client = connectTo(peer.url, { maxConnections: 3 });
      const results = askMany(client, 100);
      const thirty = await peer.requests.take(30);
      expect(peer.connections.all.map(({ opened }) => opened)).toEqual([10, 10, 10]);
      expect(client.stats()).toEqual({ connections: 3 });
      for (const { connection, streamId } of thirty) connection.respond(streamId);
      for (let left = 70; left > 0; left -= 1) {
        const { connection, streamId } = await peer.requests.next();
        connection.respond(streamId);
      }
      expect((await Promise.all(results)).every(isOk)).toBe(true);
      expect(peer.connections.all).toHaveLength(3);
    });

    it('open up to the minimum with the first request, and take the least busy one', async () => {
      const peer = await listen();
      const client = connectTo(peer.url, { minConnections: 3, maxConnections: 5 });
      const first = ask(client, 'first');
      const connections = await peer.connections.take(3);
      await until(() => client.stats().connections === 3);
      const { connection: chosen, streamId: firstId } = await peer.requests.next();
      chosen.respond(firstId);
      expect(isOk(await first)).toBe(true);
      const results = askMany(client, 9);
      for (const { connection, streamId } of await peer.requests.take(9)) connection.respond(streamId);
      expect((await Promise.all(results)).every(isOk)).toBe(true);
      expect(connections.map(({ opened }) => opened).sort()).toEqual([3, 3, 4]);
    });

    it('are let go when idle, down to the minimum', async () => {
      const peer = await listen({ maxStreams: 1 });
      const client = connectTo(peer.url, { minConnections: 1, maxConnections: 3, idleTimeoutMs: 200 });
      const results = askMany(client, 3);
      for (const { connection, streamId } of await peer.requests.take(3)) connection.respond(streamId);
      expect((await Promise.all(results)).every(isOk)).toBe(true);
      await Promise.race(peer.connections.all.map(({ closed }) => closed));
      await until(() => client.stats().connections === 1 && peer.openSockets === 1);
    });

    it('are all let go when idle where the minimum is none', async () => {
      const peer = await listen();
      const client = connectTo(peer.url, { minConnections: 0, idleTimeoutMs: 100 });
      const result = ask(client, 'x');
      const { connection, streamId } = await peer.requests.next();
      connection.respond(streamId);
      expect(isOk(await result)).toBe(true);
      await connection.closed;
      await until(() => client.stats().connections === 0);
      const later = ask(client, 'y');
      const next = await peer.requests.next();
      next.connection.respond(next.streamId);
      expect(isOk(await later)).toBe(true);
    });

    it('are replaced when the credential changed, once their streams have finished', async () => {
      const peer = await listen();
      const client = connectTo(peer.url);
      const before = ask(client, 'before');
      const first = await peer.requests.next();
      client.refresh();
      const after = ask(client, 'after');
      const second = await peer.requests.next();
      expect(second.connection).not.toBe(first.connection);
      second.connection.respond(second.streamId);
      first.connection.respond(first.streamId);
      expect(isOk(await before) && isOk(await after)).toBe(true);
      await first.connection.closed;
    });
  });

  describe('when the peer goes away', () => {
    it('GOAWAY: streams up to the last id finish, those above go elsewhere once, none is lost or repeated', async () => {
      const peer = await listen();
      const client = connectTo(peer.url);
      const results = askMany(client, 10);
      const ten = await peer.requests.take(10);
      const first = ten[0]!.connection;
      first.goaway(9, 0, '{"reason":"Shutdown"}');
      const moved = await peer.requests.take(5);
      expect(moved.map(({ body }) => body)).toEqual(['5', '6', '7', '8', '9']);
      expect(moved.every(({ connection }) => connection !== first)).toBe(true);
      for (const { connection, streamId } of moved) connection.respond(streamId, 200, 'elsewhere');
      for (const { streamId } of ten.slice(0, 5)) first.respond(streamId, 200, 'here');
      const bodies = (await Promise.all(results)).map((result) =>
        result.kind === 'response' ? result.body : result.kind,
      );
      expect(bodies).toEqual([...Array<string>(5).fill('here'), ...Array<string>(5).fill('elsewhere')]);
      await first.closed;
      expect(peer.requests.left).toBe(0);
      expect(peer.connections.all).toHaveLength(2);
    });

    it('GOAWAY in two steps, the warning first, moves only what the second step leaves out', async () => {
      const peer = await listen();
      const client = connectTo(peer.url);
      const results = askMany(client, 4);
      const four = await peer.requests.take(4);
      const first = four[0]!.connection;
      first.goaway(2 ** 31 - 1);
      await until(() => client.stats().connections === 2);
      const later = ask(client, 'later');
      const elsewhere = await peer.requests.next();
      expect(elsewhere.body).toBe('later');
      expect(elsewhere.connection).not.toBe(first);
      first.goaway(5);
      const moved = await peer.requests.next();
      expect(moved.body).toBe('3');
      for (const { streamId } of four.slice(0, 3)) first.respond(streamId);
      for (const { connection, streamId } of [elsewhere, moved]) connection.respond(streamId);
      expect((await Promise.all([...results, later])).every(isOk)).toBe(true);
      expect(peer.requests.left).toBe(0);
    });

    it('GOAWAY in two steps that leaves out everything: the connection closes', async () => {
      const peer = await listen();
      const client = connectTo(peer.url);
      const results = askMany(client, 2);
      const [one] = await peer.requests.take(2);
      const first = one!.connection;
      first.goaway(2 ** 31 - 1);
      await until(() => client.stats().connections === 2);
      first.goaway(0);
      for (const { connection, streamId } of await peer.requests.take(2)) connection.respond(streamId);
      expect((await Promise.all(results)).every(isOk)).toBe(true);
      await first.closed;
    });

    it('GOAWAY with an error: streams above the last id go elsewhere, those below are answered or cut', async () => {
      const peer = await listen();
      const client = connectTo(peer.url);
      const results = askMany(client, 4);
      const four = await peer.requests.take(4);
      four[0]!.connection.goaway(3, ENHANCE_YOUR_CALM, 'too_many_pings');
      const moved = await peer.requests.take(2);
      expect(moved.map(({ body }) => body)).toEqual(['2', '3']);
      for (const { connection, streamId } of moved) connection.respond(streamId);
      for (const { streamId } of four.slice(0, 2)) four[0]!.connection.respond(streamId);
      four[0]!.connection.socket.end();
      const [a, b, c, d] = await Promise.all(results);
      for (const result of [a!, b!]) expect(['response', 'cut']).toContain(result.kind);
      if (a!.kind === 'cut') expect(a!.cause).toContain('ENHANCE_YOUR_CALM: too_many_pings');
      expect(isOk(c!) && isOk(d!)).toBe(true);
    });

    it('GOAWAY and a closed socket: what was below the last id is cut, what was above is sent again', async () => {
      const peer = await listen();
      const client = connectTo(peer.url);
      const results = askMany(client, 3);
      const three = await peer.requests.take(3);
      three[0]!.connection.goaway(1);
      three[0]!.connection.socket.end();
      for (const { connection, streamId } of await peer.requests.take(2)) connection.respond(streamId);
      const [below, ...above] = await Promise.all(results);
      expect(below!.kind).toBe('cut');
      expect(above.every(isOk)).toBe(true);
      expect(peer.requests.left).toBe(0);
    });

    it('gives a request back that is refused again and again', async () => {
      const peer = await listen();
      const client = connectTo(peer.url);
      const result = ask(client, 'x');
      for (let i = 0; i < 4; i += 1) {
        const { connection, streamId } = await peer.requests.next();
        connection.reset(streamId, REFUSED_STREAM);
      }
      expect(await result).toEqual({ kind: 'not_processed', cause: expect.stringContaining('refused') });
      expect(peer.requests.left).toBe(0);
    });

    it('sends a refused stream again at once, on the same connection', async () => {
      const peer = await listen();
      const client = connectTo(peer.url);
      const results = askMany(client, 20);
      const twenty = await peer.requests.take(20);
      for (const { connection, streamId } of twenty.slice(5)) connection.reset(streamId, REFUSED_STREAM);
      for (const { connection, streamId } of twenty.slice(0, 5)) connection.respond(streamId);
      for (let left = 15; left > 0; left -= 1) {
        const { connection, streamId } = await peer.requests.next();
        connection.respond(streamId);
      }
      expect((await Promise.all(results)).every(isOk)).toBe(true);
      expect(peer.connections.all).toHaveLength(1);
    });

    it.each([
      ['closes the connection', (socket: Socket) => socket.end()],
      ['resets the connection', (socket: Socket) => socket.resetAndDestroy()],
      ['sends garbage', (socket: Socket) => socket.write(Buffer.alloc(64, 0xff))],
      [
        'sends a frame that is too large',
        (socket: Socket) => socket.write(Buffer.from([0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 1])),
      ],
      [
        'answers on a stream that is not there',
        (socket: Socket) => socket.write(Buffer.from([0, 0, 1, 1, 5, 0, 0, 3, 231, 0x88])),
      ],
      [
        'breaks the header compression',
        (socket: Socket) => socket.write(Buffer.from([0, 0, 1, 1, 5, 0, 0, 0, 1, 0xff])),
      ],
    ])('cuts the streams of a peer that %s, and goes on over a new connection', async (_, harm) => {
      const peer = await listen();
      const client = connectTo(peer.url, { pingTimeoutMs: 200 });
      const results = askMany(client, 3);
      const [first] = await peer.requests.take(3);
      harm(first!.connection.socket);
      for (const result of await Promise.all(results))
        expect(result).toEqual({ kind: 'cut', cause: expect.any(String) });
      const again = ask(client, 'again');
      const { connection, streamId } = await peer.requests.next();
      expect(connection).not.toBe(first!.connection);
      connection.respond(streamId);
      expect(isOk(await again)).toBe(true);
      await first!.connection.closed;
    });

    it('cuts only the stream that is reset', async () => {
      const peer = await listen();
      const client = connectTo(peer.url);
      const results = askMany(client, 2);
      const [first, second] = await peer.requests.take(2);
      first!.connection.reset(first!.streamId, INTERNAL_ERROR);
      second!.connection.respond(second!.streamId);
      const [one, two] = await Promise.all(results);
      expect(one).toEqual({ kind: 'cut', cause: 'stream reset by peer (INTERNAL_ERROR)' });
      expect(isOk(two!)).toBe(true);
    });
  });

  describe('when the peer is silent', () => {
    it('cuts a request at its time-out, and cancels its stream', async () => {
      const peer = await listen();
      const client = connectTo(peer.url);
      const warm = ask(client, 'warm');
      const { connection, streamId } = await peer.requests.next();
      connection.respond(streamId);
      await warm;
      const began = performance.now();
      const result = await ask(client, 'x', { timeoutMs: 150 });
      expect(result).toEqual({ kind: 'cut', cause: 'no answer within 150 ms' });
      expect(performance.now() - began).toBeGreaterThanOrEqual(149);
      expect(await connection.resets.next()).toEqual({ streamId: 3, code: CANCEL });
      const next = ask(client, 'y');
      await peer.requests.next();
      const another = await peer.requests.next();
      expect(another.connection).not.toBe(connection);
      another.connection.respond(another.streamId);
      expect(isOk(await next)).toBe(true);
    });

    it('gives a request back that waited for a stream until its time-out', async () => {
      const peer = await listen({ maxStreams: 1 });
      const client = connectTo(peer.url);
      const first = ask(client, 'first');
      const { connection, streamId } = await peer.requests.next();
      const second = await ask(client, 'second', { timeoutMs: 100 });
      expect(second).toEqual({ kind: 'not_processed', cause: 'no stream was free within 100 ms' });
      connection.respond(streamId);
      expect(isOk(await first)).toBe(true);
      expect(connection.opened).toBe(1);
    });

    it('asks an idle connection by PING, and keeps it while it answers', async () => {
      const peer = await listen();
      const client = connectTo(peer.url, { pingIntervalMs: 40, pingTimeoutMs: 1_000 });
      const warm = ask(client, 'warm');
      const { connection, streamId } = await peer.requests.next();
      connection.respond(streamId);
      expect(isOk(await warm)).toBe(true);
      await connection.pings.take(3);
      expect(client.stats().connections).toBe(1);
      expect(peer.connections.all).toHaveLength(1);
    });

    it('replaces a connection whose PING is not answered, and cuts its streams', async () => {
      const peer = await listen();
      const client = connectTo(peer.url, { pingIntervalMs: 40, pingTimeoutMs: 100 });
      const result = ask(client, 'x');
      const { connection } = await peer.requests.next();
      connection.answersPing = false;
      expect(await result).toEqual({ kind: 'cut', cause: 'peer does not answer PING' });
      await connection.closed;
      const next = ask(client, 'next');
      const { connection: other, streamId } = await peer.requests.next();
      other.respond(streamId);
      expect(isOk(await next)).toBe(true);
    });

    it('notices a peer whose process is stopped', async () => {
      const child = spawn(process.execPath, [
        '-e',
        `const server = require('node:http2').createServer();
           server.on('stream', (stream) => { stream.respond({ ':status': 200 }); stream.end(); });
           server.listen(0, '127.0.0.1', () => console.log(server.address().port));`,
      ]);
      releases.push(async () => {
        const exit = once(child, 'exit');
        child.kill('SIGKILL');
        await exit;
      });
      const [port] = (await once(child.stdout, 'data')) as [Buffer];
      const client = connectTo(`http://127.0.0.1:${Number(port.toString())}`, {
        pingIntervalMs: 50,
        pingTimeoutMs: 200,
      });
      expect(isOk(await ask(client, 'x'))).toBe(true);
      child.kill('SIGSTOP');
      expect(await ask(client, 'y')).toMatchObject({ kind: 'cut' });
      child.kill('SIGCONT');
      await until(async () => isOk(await ask(client, 'z')));
    });

    it('gives requests back when the peer accepts connections but never says SETTINGS', async () => {
      const peer = await listen({ mute: true });
      const client = connectTo(peer.url, { connectTimeoutMs: 150 });
      expect(await ask(client, 'x')).toEqual({
        kind: 'not_processed',
        cause: expect.stringContaining('no connection within 150 ms'),
      });
      await (
        await peer.connections.next()
      ).closed;
    });
  });

  describe('connecting', () => {
    it('gives requests back at once when nothing listens, and works again when something does', async () => {
      const port = await freePort();
      const client = connectTo(`http://127.0.0.1:${port}`);
      for (const result of await Promise.all(askMany(client, 5))) {
        expect(result).toEqual({
          kind: 'not_processed',
          cause: expect.stringContaining('connection refused'),
        });
      }
      const back = await listen({ port });
      void back.requests.next().then(({ connection, streamId }) => connection.respond(streamId));
      await until(async () => isOk(await ask(client, 'x')));
    });

    it('backs off between attempts, and does not hold requests that long', async () => {
      let attempts = 0;
      const server = createServer((socket) => {
        attempts += 1;
        socket.on('error', () => {}).destroy();
      });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      releases.push(() => new Promise((resolve) => server.close(resolve)));
      const client = connectTo(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
      const until1500 = performance.now() + 1_500;
      let returned = 0;
      while (returned < 3 || performance.now() < until1500) {
        const result = await ask(client, 'x');
        expect(result).toMatchObject({ kind: 'not_processed' });
        returned += 1;
      }
      expect(attempts).toBeLessThanOrEqual(8);
    });

    it('takes another address when one does not answer, and asks for them anew for each connection', async () => {
      const peer = await listen({ host: '127.0.0.1' });
      let lookups = 0;
      const lookup = (host: string): Promise<string[]> => {
        expect(host).toBe('localhost');
        lookups += 1;
        return Promise.resolve(['127.0.0.77', '127.0.0.1', '127.0.0.78']);
      };
      const client = connectTo(`http://localhost:${peer.port}`, {}, { lookup, random: () => 0 });
      for (let i = 0; i < 3; i += 1) {
        const result = ask(client, 'x');
        const { connection, streamId } = await peer.requests.next();
        connection.respond(streamId);
        expect(isOk(await result)).toBe(true);
        client.refresh();
      }
      expect(lookups).toBeGreaterThanOrEqual(3);
    });

    it('does not wait for an address that accepts and then says nothing', async () => {
      const peer = await listen({ host: '127.0.0.1', port: await freePort() });
      const deaf = await listen({ host: '127.0.0.2', port: peer.port, mute: true });
      const lookup = (): Promise<string[]> => Promise.resolve(['127.0.0.2', '127.0.0.1']);
      const client = connectTo(`http://localhost:${peer.port}`, {}, { lookup, random: () => 0 });
      const result = ask(client, 'x');
      const { connection, streamId } = await peer.requests.next();
      connection.respond(streamId);
      expect(isOk(await result)).toBe(true);
      expect(deaf.connections.all.length).toBeLessThanOrEqual(1);
      await until(() => deaf.openSockets === 0);
    });

    it('spreads connections over the addresses', async () => {
      const one = await listen({ host: '127.0.0.1', port: await freePort() });
      const two = await listen({ host: '127.0.0.2', port: one.port });
      const lookup = (): Promise<string[]> => Promise.resolve(['127.0.0.1', '127.0.0.2']);
      const client = connectTo(
        `http://localhost:${one.port}`,
        { minConnections: 4, maxConnections: 4 },
        { lookup },
      );
      void ask(client, 'x');
      await until(() => client.stats().connections === 4);
      expect([one.connections.all.length, two.connections.all.length]).toEqual([2, 2]);
    });

    it('says that a host name cannot be found', async () => {
      const lookup = (): Promise<string[]> =>
        Promise.reject(Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' }));
      const client = connectTo('https://push.invalid', {}, { lookup });
      expect(await ask(client, 'x')).toEqual({
        kind: 'not_processed',
        cause: 'cannot connect to push.invalid:443: host name not found (ENOTFOUND)',
      });
      const none = connectTo('https://push.invalid', {}, { lookup: () => Promise.resolve([]) });
      expect(await ask(none, 'x')).toMatchObject({ cause: expect.stringContaining('has no address') });
    });

    it.each([
      'ftp://localhost',
      'http://example.com',
      'https://user:pass@example.com',
      'https://example.com/?a=b',
      'nonsense',
    ])('refuses the base URL %s', (baseUrl) => {
      expect(() => createHttp2Client({ ...defaults, baseUrl }, { clock, logger: silentLogger })).toThrow(
        TypeError,
      );
    });
  });

  describe('TLS', () => {
    const tlsPeer = (options: RawPeerOptions = {}): Promise<RawPeer> =>
      listen({ ...options, tls: { ...certificate, ...options.tls } });
    const answerAll = async (peer: RawPeer, count: number): Promise<void> => {
      for (const { connection, streamId } of await peer.requests.take(count)) connection.respond(streamId);
    };

    it('resumes its sessions, names the host, and speaks TLS 1.3', async () => {
      const peer = await tlsPeer();
      const client = connectTo(peer.url, {
        tls: { ca: authority.cert },
        minConnections: 0,
        idleTimeoutMs: 100,
      });
      const seen: unknown[] = [];
      for (let i = 0; i < 3; i += 1) {
        const result = ask(client, 'x');
        await answerAll(peer, 1);
        expect(isOk(await result)).toBe(true);
        const socket = peer.connections.all[i]!.socket as TLSSocket & { servername: string };
        seen.push([socket.servername, socket.getProtocol(), socket.isSessionReused()]);
        await until(() => client.stats().connections === 0);
      }
      expect(seen).toEqual([
        ['localhost', 'TLSv1.3', false],
        ['localhost', 'TLSv1.3', true],
        ['localhost', 'TLSv1.3', true],
      ]);
    });

    it('refuses TLS below 1.2', async () => {
      const peer = await tlsPeer({
        tls: { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0' },
      });
      const result = await ask(connectTo(peer.url, { tls: { ca: authority.cert } }), 'x');
      expect(result).toMatchObject({ kind: 'not_processed', cause: expect.stringContaining('TLS 1.2') });
    });

    it('reaches an address without a host name', async () => {
      const peer = await tlsPeer();
      const client = connectTo(`https://127.0.0.1:${peer.port}`, { tls: { ca: authority.cert } });
      const result = ask(client, 'x');
      await answerAll(peer, 1);
      expect(isOk(await result)).toBe(true);
    });

    it('says what is wrong with a certificate', async () => {
      const expired = await authority.issue(['localhost'], { notAfter: new Date(Date.now() - 1_000) });
      const elsewhere = await authority.issue(['elsewhere.example']);
      const causeOf = async (tls: TestCertificate, ca?: string): Promise<string> => {
        const peer = await listen({ tls: { cert: tls.cert, key: tls.key } });
        const result = await ask(connectTo(peer.url, { tls: ca === undefined ? {} : { ca } }), 'x');
        return result.kind === 'not_processed' ? result.cause : result.kind;
      };
      expect(await causeOf(expired, authority.cert)).toContain('certificate has expired');
      expect(await causeOf(elsewhere, authority.cert)).toContain('certificate is for another host');
      expect(await causeOf(certificate)).toContain('certificate is not trusted');
    });

    it('presents the client certificate, and says when the peer refuses it', async () => {
      const peer = await tlsPeer({
        tls: { requestCert: true, rejectUnauthorized: true, ca: authority.cert },
      });
      const own = await authority.issue(['client']);
      const client = connectTo(peer.url, { tls: { ca: authority.cert, cert: own.cert, key: own.key } });
      const result = ask(client, 'x');
      await answerAll(peer, 1);
      expect(isOk(await result)).toBe(true);
      const without = await ask(connectTo(peer.url, { tls: { ca: authority.cert } }), 'x');
      expect(without).toMatchObject({
        kind: 'not_processed',
        cause: expect.stringContaining('client certificate'),
      });
    });

    it('says when the own certificate or key cannot be used', async () => {
      const peer = await tlsPeer();
      const result = await ask(connectTo(peer.url, { tls: { cert: 'nonsense', key: 'nonsense' } }), 'x');
      expect(result).toMatchObject({
        kind: 'not_processed',
        cause: expect.stringContaining('cannot be used'),
      });
    });

    it('says when the peer does not speak HTTP/2, or no TLS at all', async () => {
      const http1 = createTlsServer({ ...certificate, ALPNProtocols: ['http/1.1'] });
      const noAlpn = createTlsServer({ ...certificate });
      const plain = createServer((socket) =>
        socket
          .on('error', () => {})
          .resume()
          .end('HTTP/1.1 400 Bad Request\r\n\r\n'),
      );
      const causes: string[] = [];
      for (const server of [http1, noAlpn, plain]) {
        server.on('secureConnection', (socket: TLSSocket) => socket.on('error', () => {}).resume());
        server.on('tlsClientError', () => {}).listen(0, '127.0.0.1');
        await once(server, 'listening');
        releases.push(() => new Promise((resolve) => server.close(resolve)));
        const url = `https://localhost:${(server.address() as AddressInfo).port}`;
        const result = await ask(connectTo(url, { tls: { ca: authority.cert } }), 'x');
        causes.push(result.kind === 'not_processed' ? result.cause : result.kind);
      }
      expect(causes).toEqual([
        expect.stringContaining('does not speak HTTP/2'),
        expect.stringContaining('does not speak HTTP/2'),
        expect.stringContaining('does not speak TLS'),
      ]);
    });

    it('moves streams above the last id of a GOAWAY, over TLS as well', async () => {
      const peer = await tlsPeer();
      const client = connectTo(peer.url, { tls: { ca: authority.cert } });
      const results = askMany(client, 6);
      const six = await peer.requests.take(6);
      six[0]!.connection.goaway(5);
      for (const { streamId } of six.slice(0, 3)) six[0]!.connection.respond(streamId);
      await answerAll(peer, 3);
      expect((await Promise.all(results)).every(isOk)).toBe(true);
      expect(peer.requests.left).toBe(0);
    });
  });

  describe('through a proxy', () => {
    const proxy = async (answer?: string): Promise<FakeProxy> => {
      const fake = await FakeProxy.listen(answer);
      releases.push(() => fake.close());
      return fake;
    };

    it('asks for a tunnel, with credentials where there are any', async () => {
      const peer = await listen({ tls: certificate });
      const { port, asked } = await proxy();
      const client = connectTo(peer.url, {
        proxyUrl: `http://us%40er:p%3Ass@127.0.0.1:${port}`,
        tls: { ca: authority.cert },
      });
      const result = ask(client, 'x');
      const { connection, streamId } = await peer.requests.next();
      connection.respond(streamId);
      expect(isOk(await result)).toBe(true);
      const head = await asked.next();
      expect(head).toMatch(
        new RegExp(`^CONNECT localhost:${peer.port} HTTP/1.1\r\nHost: localhost:${peer.port}\r\n`),
      );
      expect(head).toContain(
        `Proxy-Authorization: Basic ${Buffer.from('us@er:p:ss').toString('base64')}\r\n`,
      );
    });

    it.each([
      ['HTTP/1.1 407 Proxy Authentication Required\r\n\r\n', 'proxy: asks for other credentials (407'],
      ['HTTP/1.1 403 Forbidden\r\nX: y\r\n\r\n', 'proxy: refused a tunnel to localhost:'],
      ['HTTP/1.0 502 Bad Gateway\r\n\r\n', '(502 Bad Gateway)'],
      ['SSH-2.0-OpenSSH_9.6\r\n\r\n', 'proxy: its answer is not HTTP'],
      ['x'.repeat(20_000), 'proxy: its answer is not HTTP'],
      ['', 'proxy: closed the connection'],
    ])('says why there is none (%#)', async (answer, cause) => {
      const peer = await listen({ tls: certificate });
      const { port } = await proxy(answer);
      const client = connectTo(peer.url, {
        proxyUrl: `http://127.0.0.1:${port}`,
        tls: { ca: authority.cert },
      });
      expect(await ask(client, 'x')).toEqual({
        kind: 'not_processed',
        cause: expect.stringContaining(cause),
      });
      expect(peer.connections.all).toHaveLength(0);
    });

    it('refuses a proxy URL that it cannot use, without repeating the password', () => {
      const attempt = (): HttpClient =>
        createHttp2Client(
          { ...defaults, baseUrl: 'https://example.com', proxyUrl: 'socks5://a:secret@b' },
          { clock, logger: silentLogger },
        );
      expect(attempt).toThrow(TypeError);
      expect(attempt).not.toThrow(/secret/);
    });
  });

  describe('under faults of every kind', () => {
    it.each([1, 2, 3])(
      'answers each request once, repeats none that may have been processed (seed %i)',
      async (seed) => {
        const random = seeded(seed);
        const peer = await listen({ maxStreams: 20 });
        const client = connectTo(peer.url, { maxConnections: 4, pingTimeoutMs: 500 }, { random });
        const processed = new Map<string, number>();
        const goneAway = new Map<RawConnection, number>();
        const serve = async (): Promise<never> => {
          for (;;) {
            const { connection, streamId, body } = await peer.requests.next();
            if (streamId > (goneAway.get(connection) ?? Infinity)) continue;
            const chance = random();
            if (chance < 0.1) {
              connection.reset(streamId, REFUSED_STREAM);
              continue;
            }
            if (chance < 0.12 && !goneAway.has(connection)) {
              goneAway.set(connection, streamId - 2);
              connection.goaway(Math.max(0, streamId - 2));
              continue;
            }
            processed.set(body, (processed.get(body) ?? 0) + 1);
            if (chance < 0.125) connection.socket.end();
            else if (chance < 0.13) connection.socket.resetAndDestroy();
            else if (chance < 0.16) connection.reset(streamId, INTERNAL_ERROR);
            // Never answered: the request hangs.
            else if (chance < 0.17) connection.settings(1 + Math.floor(random() * 30));
            else if (chance < 0.9) connection.respond(streamId, 200, body);
            else setTimeout(() => connection.respond(streamId, 200, body), random() * 20);
          }
        };
        void serve();
        const results: HttpResult[] = [];
        let asked = 0;
        // More than there are streams for, and not all at once: on a slow machine those would only run out of their time.
        const askInTurn = async (): Promise<void> => {
          while (asked < 1_500) {
            const i = asked++;
            results[i] = await ask(client, String(i), { timeoutMs: 1_500 });
          }
        };
        await Promise.all(Array.from({ length: 120 }, askInTurn));
        const kinds = { response: 0, cut: 0, not_processed: 0 };
        expect(results).toHaveLength(1_500);
        results.forEach((result, i) => {
          kinds[result.kind] += 1;
          const times = processed.get(String(i)) ?? 0;
          if (result.kind === 'response') expect([i, times, result.body]).toEqual([i, 1, String(i)]);
          if (result.kind === 'not_processed') expect([i, times]).toEqual([i, 0]);
          if (result.kind === 'cut') expect(times).toBeLessThanOrEqual(1);
        });
        expect(kinds.response).toBeGreaterThan(300);
      },
    );
  });

  describe('closing', () => {
    it('lets open streams finish, gives waiting requests back, and refuses new ones', async () => {
      const peer = await listen({ maxStreams: 1 });
      const client = connectTo(peer.url);
      const open = ask(client, 'open');
      const { connection, streamId } = await peer.requests.next();
      const waiting = ask(client, 'waiting');
      const closed = client.close(10_000);
      expect(await waiting).toEqual({ kind: 'not_processed', cause: 'client is closed' });
      expect(await ask(client, 'new')).toEqual({ kind: 'not_processed', cause: 'client is closed' });
      connection.respond(streamId);
      expect(isOk(await open)).toBe(true);
      await closed;
      expect(client.stats()).toEqual({ connections: 0 });
    });

    it('cuts what is open at the deadline', async () => {
      const peer = await listen();
      const client = connectTo(peer.url);
      const open = ask(client, 'open');
      await peer.requests.next();
      // The peer never answers: that it ends is due to the deadline.
      await client.close(100);
      expect(await open).toEqual({ kind: 'cut', cause: 'client is closed' });
    });

    it('may be asked for again and again, before, while and after', async () => {
      const peer = await listen();
      const never = connectTo(peer.url);
      await Promise.all([never.close(1_000), never.close(0)]);
      await never.close(0);
      const client = connectTo(peer.url);
      const open = ask(client, 'open');
      await peer.requests.next();
      const patient = client.close(60_000);
      await client.close(0);
      await patient;
      expect((await open).kind).toBe('cut');
      client.refresh();
      expect(client.stats().connections).toBe(0);
    });

    it('gives up connecting', async () => {
      const peer = await listen({ mute: true });
      const client = connectTo(peer.url);
      const result = ask(client, 'x');
      const connection = await peer.connections.next();
      await client.close(1_000);
      expect(await result).toEqual({ kind: 'not_processed', cause: 'client is closed' });
      await connection.closed;
    });

    it('does not wait for a peer that keeps its socket open', async () => {
      const peer = await listen();
      const client = connectTo(peer.url);
      const warm = ask(client, 'warm');
      const { connection, streamId } = await peer.requests.next();
      connection.respond(streamId);
      expect(isOk(await warm)).toBe(true);
      connection.socket.pause();
      connection.socket.allowHalfOpen = true;
      await client.close(300);
      expect(client.stats().connections).toBe(0);
    });

    it('leaves nothing open', async () => {
      const before = resources();
      const peer = await listen();
      const client = connectTo(peer.url, { minConnections: 2, maxConnections: 2, idleTimeoutMs: 1_000 });
      const results = askMany(client, 10);
      for (const { connection, streamId } of await peer.requests.take(10)) connection.respond(streamId);
      await Promise.all(results);
      await client.close(1_000);
      await peer.close();
      await until(() => resources() <= before);
      expect(resources()).toBeLessThanOrEqual(before);
    });
  });
});

/** Polls on the event loop's own pace: for what no event tells. */
async function until(condition: () => boolean | Promise<boolean>): Promise<true> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
  return true;
}

/** Whatever the client wrote before this is with the peer afterwards. */
async function roundTrip(connection: { settings(maxStreams: number): void; socket: Socket }): Promise<void> {
  connection.settings(1000);
  await once(connection.socket, 'data');
}

function resources(): number {
  return process.getActiveResourcesInfo().filter((name) => /TCP|TLS|Timeout|HTTP2|GetAddr/i.test(name))
    .length;
}

/** mulberry32: the same faults in every run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Streams that the peer has not answered yet. */
function openOn(peer: RawPeer): number {
  return peer.connections.all.reduce((sum, { opened, answered }) => sum + opened - answered, 0);
}
