import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { createServer as createNetServer, type AddressInfo } from 'node:net';
import { createHttp1Client } from '../../src/transport/http1-client';
import type { Http1ClientOptions, HttpClient, HttpRequest, HttpResult } from '../../src/transport/port';
import { createTestAuthority } from './certificates';
import { FakeProxy } from './fake-proxy';
import { freePort } from '../helpers/free-port';

const usual: Omit<Http1ClientOptions, 'baseUrl'> = {
  proxyUrl: null,
  maxConnections: 2,
  tls: {},
  connectTimeoutMs: 5_000,
  idleTimeoutMs: 60_000,
  plainHosts: 'loopback',
};

describe('HTTP/1.1 client', () => {
  let releases: (() => unknown)[] = [];

  afterEach(async () => {
    for (const release of releases.splice(0).reverse()) await release();
    releases = [];
  });

  async function serve(answer: RequestListener, server: Server = createServer()): Promise<number> {
    server.on('request', answer);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    releases.push(() => {
      server.closeAllConnections();
      server.close();
    });
    return (server.address() as AddressInfo).port;
  }

  function connectTo(baseUrl: string, options: Partial<Http1ClientOptions> = {}): HttpClient {
    const client = createHttp1Client({ ...usual, baseUrl, ...options });
    releases.push(() => client.close(0));
    return client;
  }

  function ask(client: HttpClient, request: Partial<HttpRequest> = {}): Promise<HttpResult> {
    return new Promise((resolve, reject) => {
      let isAsking = true;
      const whole = {
        method: 'POST',
        path: '/p',
        headers: {},
        sensitive: [],
        body: 'x',
        timeoutMs: 5_000,
      } as const;
      client.request({ ...whole, ...request }, (result) => {
        if (isAsking) reject(new Error('answered before it returned'));
        resolve(result);
      });
      isAsking = false;
    });
  }

  const echo = (request: IncomingMessage, response: ServerResponse): void => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      response.writeHead(201, { 'set-cookie': ['a=1', 'b=2'], 'x-path': request.url });
      response.end(`${request.method} ${String(request.headers['x-key'])} ${body}`);
    });
  };

  it('sends a request whole and reads its answer whole, over one kept connection', async () => {
    const server = createServer();
    let connections = 0;
    server.on('connection', () => (connections += 1));
    const client = connectTo(`http://127.0.0.1:${await serve(echo, server)}/base/`, {
      maxConnections: 1,
    });
    for (let i = 0; i < 10; i += 1) {
      expect(await ask(client, { path: '/a?b=%20', headers: { 'x-key': 'k' }, body: `héllo ${i}` })).toEqual({
        kind: 'response',
        status: 201,
        headers: expect.objectContaining({ 'set-cookie': 'a=1, b=2', 'x-path': '/base/a?b=%20' }),
        body: `POST k héllo ${i}`,
      });
    }
    expect([connections, client.stats().connections]).toEqual([1, 1]);
  });

  it('opens as many connections as it may, and no more', async () => {
    const waiting: ServerResponse[] = [];
    const client = connectTo(`http://127.0.0.1:${await serve((_, response) => waiting.push(response))}`);
    const results = Array.from({ length: 6 }, () => ask(client));
    for (let answered = 0; answered < 6; answered += 1) {
      while (waiting.length === 0) await new Promise(setImmediate);
      expect(client.stats().connections).toBeLessThanOrEqual(2);
      waiting.shift()?.end('ok');
    }
    expect((await Promise.all(results)).every(({ kind }) => kind === 'response')).toBe(true);
  });

  it('reads 1 MiB where a call asks for it, and cuts what is longer', async () => {
    const url = `http://127.0.0.1:${await serve((_, response) => response.end('x'.repeat(2 ** 20)))}`;
    const client = connectTo(url);
    expect(await ask(client, { maxAnswerBytes: 2 ** 20 })).toMatchObject({ body: 'x'.repeat(2 ** 20) });
    expect(await ask(client)).toEqual({ kind: 'cut', cause: 'answer is larger than 65536 bytes' });
    expect(await ask(client, { maxAnswerBytes: 2 ** 20 })).toMatchObject({ kind: 'response' });
  });

  it('takes a redirection for an answer', async () => {
    let requests = 0;
    const port = await serve((_, response) => {
      requests += 1;
      response.writeHead(302, { location: '/elsewhere' }).end();
    });
    expect(await ask(connectTo(`http://127.0.0.1:${port}`))).toMatchObject({
      status: 302,
      headers: { location: '/elsewhere' },
    });
    expect(requests).toBe(1);
  });

  it('calls cut what may have reached the peer', async () => {
    const ends: RequestListener[] = [
      (request) => request.socket.destroy(),
      (_, response) =>
        response.writeHead(200, { 'content-length': '9' }).write('half', () => response.destroy()),
      () => {},
    ];
    for (const end of ends) {
      const client = connectTo(`http://127.0.0.1:${await serve(end)}`);
      expect(await ask(client, { timeoutMs: 500 })).toMatchObject({ kind: 'cut' });
    }
  });

  it('calls not processed what was never written', async () => {
    const port = await freePort();
    const client = connectTo(`http://127.0.0.1:${port}`);
    expect(await ask(client)).toEqual({
      kind: 'not_processed',
      cause: `cannot connect to 127.0.0.1:${port}: connection refused (ECONNREFUSED)`,
    });
    expect(await ask(client, { headers: { 'x-a': 'b\r\nc: d' } })).toMatchObject({
      kind: 'not_processed',
      cause: 'invalid request: value of header x-a',
    });
    await client.close(0);
    expect(await ask(client)).toEqual({ kind: 'not_processed', cause: 'client is closed' });
  });

  it('ends what waits for a connection when it is closed, and closes', async () => {
    const server = createServer();
    const client = connectTo(`http://127.0.0.1:${await serve(() => {}, server)}`);
    const arrived = once(server, 'request');
    const asked = Array.from({ length: 20 }, () => ask(client));
    await arrived;
    await client.close(0);
    expect(new Set((await Promise.all(asked)).map(({ kind }) => kind))).toEqual(
      new Set(['cut', 'not_processed']),
    );
  });

  it('gives up waiting for a connection in time, and one that does not answer its handshake', async () => {
    const silent = createNetServer((socket) => socket.on('error', () => {}));
    await once(silent.listen(0, '127.0.0.1'), 'listening');
    releases.push(() => silent.close());
    const url = `https://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const impatient = connectTo(url);
    expect(await ask(impatient, { timeoutMs: 100 })).toEqual({
      kind: 'not_processed',
      cause: 'no answer within 100 ms',
    });
    const patient = connectTo(url, { connectTimeoutMs: 100 });
    expect(await ask(patient)).toMatchObject({
      kind: 'not_processed',
      cause: expect.stringMatching(/no connection within 100 ms/),
    });
  });

  it('goes over TLS through a CONNECT proxy with a password, and trusts no stranger', async () => {
    const authority = await createTestAuthority();
    const certificate = await authority.issue(['localhost']);
    const port = await serve(echo, createSecureServer(certificate));
    const proxy = await FakeProxy.listen();
    const strict = await FakeProxy.listen('HTTP/1.1 407 Who are you\r\n\r\n');
    releases.push(
      () => proxy.close(),
      () => strict.close(),
    );
    const proxyUrl = `http://us%40er:p%3Ass@127.0.0.1:${proxy.port}`;
    const baseUrl = `https://localhost:${port}`;
    const trusting = connectTo(baseUrl, { proxyUrl, tls: { ca: authority.cert } });
    expect(await ask(trusting, { method: 'GET', body: '' })).toMatchObject({ status: 201 });
    expect(await proxy.asked.next()).toContain(
      `Proxy-Authorization: Basic ${Buffer.from('us@er:p:ss').toString('base64')}`,
    );
    const wary = connectTo(baseUrl, { proxyUrl });
    expect(await ask(wary)).toMatchObject({
      kind: 'not_processed',
      cause: expect.stringMatching(/certificate is not trusted/),
    });
    const stranger = connectTo(baseUrl, { proxyUrl: `http://127.0.0.1:${strict.port}` });
    expect(await ask(stranger)).toMatchObject({
      kind: 'not_processed',
      cause: expect.stringMatching(/proxy: asks for other credentials \(407/),
    });
  });

  it('speaks in the clear beyond this host only where it is told', () => {
    const baseUrl = 'http://wukongim:5001';
    expect(() => createHttp1Client({ ...usual, baseUrl })).toThrow(TypeError);
    expect(() => createHttp1Client({ ...usual, baseUrl, plainHosts: 'anywhere' })).not.toThrow();
  });
});
