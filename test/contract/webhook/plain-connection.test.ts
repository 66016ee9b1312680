import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { HttpServer } from '../../../src/http/http-server';
import { systemClock } from '../../../src/domain/clock';
import type { WebhookOptions } from '../../../src/webhook/handler';
import { offline, WebhookServer } from './webhook-server';

const secret = 'a-long-secret';
const path = `/webhook/${secret}?event=msg.offline`;

interface RequestParts {
  readonly target?: string;
  readonly headers?: readonly string[];
  readonly method?: string;
}

function request(body: string, { target = path, headers = [], method = 'POST' }: RequestParts = {}): string {
  const lines = [
    `${method} ${target} HTTP/1.1`,
    'Host: relay.internal:8080',
    'User-Agent: Go-http-client/1.1',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Content-Type: application/json',
    'Accept-Encoding: gzip',
    ...headers,
  ];
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}

/** The relay's listener around a real webhook handler, and a client that writes bytes. */
describe('a connection that WuKongIM keeps', () => {
  let webhook: WebhookServer;
  let server: HttpServer;
  let port: number;
  /** By what node:http read. */
  let parsed: string[];
  let lastParsed: Socket | null = null;
  const sockets: Socket[] = [];

  async function listen(
    options: Partial<WebhookOptions> = {},
    times: { readonly headersTimeoutMs?: number; readonly requestTimeoutMs?: number } = {},
  ): Promise<void> {
    webhook = new WebhookServer({ secrets: [secret], ...options });
    parsed = [];
    const { handler } = webhook;
    const watched = Object.assign((...[from, to]: Parameters<typeof handler>) => {
      parsed.push(`${from.method} ${from.headers['content-length'] ?? 'chunked'}`);
      lastParsed = from.socket;
      handler(from, to);
    }, handler);
    const settings = { host: '127.0.0.1', port: 0, descriptor: null, clock: systemClock };
    server = new HttpServer(
      { ...settings, keepAliveTimeoutMs: 120_000, ...times },
      { webhook: watched, api: (_, response) => void response.writeHead(404).end() },
    );
    port = Number(new URL(await server.start()).port);
  }

  async function dial(): Promise<Socket> {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    sockets.push(socket);
    await once(socket, 'connect');
    return socket;
  }

  /** Resolves with that many answers' texts. */
  function answersOf(socket: Socket, count: number): Promise<string[]> {
    return new Promise((resolve, reject) => {
      let text = '';
      const onClose = () => reject(new Error(`closed after: ${text}`));
      const onData = (chunk: Buffer): void => {
        text += chunk.toString('latin1');
        const answers = text.split('\r\n\r\n');
        if (answers.length <= count) return;
        socket.off('data', onData);
        socket.off('close', onClose);
        resolve(answers.slice(0, count));
      };
      socket.on('data', onData);
      socket.on('close', onClose);
    });
  }

  async function ask(socket: Socket, text: string): Promise<string> {
    const answers = answersOf(socket, 1);
    socket.write(text);
    return (await answers)[0] ?? '';
  }

  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await server.stop(0);
  });

  it('is answered 200 with an empty body for every event, and node:http never sees it', async () => {
    await listen();
    const socket = await dial();
    for (const text of ['a', 'bc', 'x'.repeat(900)]) {
      const answer = await ask(socket, request(offline({ topic: text })));
      expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
      expect(answer).toMatch(/\r\nContent-Length: 0\r\n/);
      expect(answer).toMatch(/\r\nX-Request-Id: \w{8}-\w+\r\n/);
      expect(answer).toMatch(/\r\nDate: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT\r\n/);
      expect(answer).toMatch(/\r\nConnection: keep-alive\r\nKeep-Alive: timeout=120$/);
    }
    expect(webhook.messages.map(({ topic }) => topic.length)).toEqual([1, 2, 900]);
    expect(parsed).toEqual([]);
    expect(await webhook.metric('relay_webhook_requests_total', { result: 'accepted' })).toBe(3);
    expect(await webhook.metric('relay_webhook_bytes_in_flight')).toBe(0);
  });

  it('is read alike however the bytes are cut and joined', async () => {
    await listen();
    const topics = Array.from({ length: 60 }, (_, index) => `${index} ${'é'.repeat((index * 37) % 500)}`);
    const bytes = Buffer.from(topics.map((topic) => request(offline({ topic }))).join(''));
    for (const step of [1, 7, 311, 1460, 70_001]) {
      webhook.appended.length = 0;
      const socket = await dial();
      const answers = answersOf(socket, topics.length);
      for (let from = 0; from < bytes.length; from += step) {
        socket.write(bytes.subarray(from, from + step));
        // A write of its own each, so that the other side reads it apart.
        if (step > 1 || from % 97 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      expect((await answers).every((answer) => answer.startsWith('HTTP/1.1 200 '))).toBe(true);
      expect(webhook.messages.map(({ topic }) => topic)).toEqual(topics);
    }
  });

  it('answers 200 only once the event is durable, and what comes meanwhile waits', async () => {
    await listen();
    const waiting: (() => void)[] = [];
    webhook.append = (event) =>
      new Promise((resolve) =>
        waiting.push(() => {
          webhook.appended.push(event);
          resolve();
        }),
      );
    const socket = await dial();
    const answers = answersOf(socket, 2);
    socket.write(request(offline({ topic: 'first' })));
    socket.write(request(offline({ topic: 'second' })));
    while (waiting.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(waiting).toHaveLength(1);
    expect(socket.bytesRead).toBe(0);
    waiting[0]?.();
    while (waiting.length === 1) await new Promise((resolve) => setTimeout(resolve, 5));
    waiting[1]?.();
    expect(await answers).toHaveLength(2);
    expect(webhook.messages.map(({ topic }) => topic)).toEqual(['first', 'second']);
  });

  it.each<[string, string, number, string | null]>([
    [
      'chunks',
      `POST ${path} HTTP/1.1\r\nHost: r\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`,
      400,
      'POST chunked',
    ],
    ['another method', request('', { method: 'GET' }), 405, 'GET 0'],
    ['a wrong secret', request(offline(), { target: '/webhook/wrong?event=msg.offline' }), 401, null],
    ['another path', request('{}', { target: '/elsewhere' }), 404, null],
    ['a compressed body', request('x', { headers: ['Content-Encoding: gzip'] }), 400, 'POST 1'],
    ['no host', `POST ${path} HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}`, 400, null],
    ['two lengths', request('{}', { headers: ['Content-Length: 3'] }), 400, null],
    ['length and chunks', request('{}', { headers: ['Transfer-Encoding: chunked'] }), 400, null],
    ['a length with a sign', request('').replace('Length: 0', 'Length: +0'), 400, null],
    ['a folded header', request('').replace('gzip', 'gzip\r\n more'), 400, null],
    ['a name with a space', request('').replace('Host:', 'Host :'), 400, null],
    ['a bare line feed', request('').replace('gzip\r\n', 'gzip\n'), 400, null],
    ['no HTTP at all', 'hello\r\n\r\n', 400, null],
    ['HTTP/1.0', request(offline()).replace('HTTP/1.1', 'HTTP/1.0'), 200, `POST ${offline().length}`],
  ])('leaves %s to node:http', async (_, text, status, seen) => {
    await listen();
    const socket = await dial();
    expect(await ask(socket, request(offline()))).toMatch(/^HTTP\/1\.1 200 /);
    const answer = await ask(socket, text);
    expect(Number(answer.slice(9, 12))).toBe(status);
    if (seen !== null) expect(parsed).toEqual([seen]);
  });

  it('is node:http’s from the first request on that is not plain, without a gap', async () => {
    await listen();
    const socket = await dial();
    const answers = answersOf(socket, 4);
    const named = request(offline({ topic: 'named' }), { headers: ['X-Request-Id: mine'] });
    socket.write(
      request(offline({ topic: 'plain' })) + named + request(offline({ topic: 'after' })) + request('{}'),
    );
    const [plain, own, after, broken] = await answers;
    expect(plain).toMatch(/^HTTP\/1\.1 200 /);
    expect(own).toMatch(/X-Request-Id: mine/);
    expect(after).toMatch(/^HTTP\/1\.1 200 /);
    expect(broken).toMatch(/^HTTP\/1\.1 400 /);
    expect(webhook.messages.map(({ topic }) => topic)).toEqual(['plain', 'named', 'after']);
    expect(parsed).toHaveLength(3);
  });

  it('answers 400 to a broken body, which is kept, and 503 when the store refuses; and goes on', async () => {
    await listen();
    const socket = await dial();
    expect(await ask(socket, request('{"broken'))).toMatch(
      /^HTTP\/1\.1 400 Bad Request\r\nContent-Length: 0\r\n/,
    );
    expect(webhook.letters.map(({ body }) => body.toString())).toEqual(['{"broken']);
    const { append } = webhook;
    webhook.append = () => Promise.reject(new Error('the disk is full'));
    expect(await ask(socket, request(offline()))).toMatch(/^HTTP\/1\.1 503 Service Unavailable\r\n/);
    expect(await webhook.metric('relay_events_lost_total', { cause: 'not_durable' })).toBe(1);
    webhook.append = append;
    expect(await ask(socket, request(offline()))).toMatch(/^HTTP\/1\.1 200 /);
    expect(parsed).toEqual([]);
  });

  it('proves itself with every head that it brings', async () => {
    await listen({ secrets: [secret, 'another'] });
    const socket = await dial();
    const basic = `Authorization: Basic ${Buffer.from('any:another').toString('base64')}`;
    const target = '/webhook?event=msg.offline';
    expect(await ask(socket, request(offline(), { target, headers: [basic] }))).toMatch(/ 200 /);
    expect(parsed).toEqual([]);
    const wrong = `Authorization: Basic ${Buffer.from('any:anothes').toString('base64')}`;
    expect(await ask(socket, request(offline(), { target, headers: [wrong] }))).toMatch(/ 401 /);
    expect(webhook.appended).toHaveLength(1);
  });

  it('is told to close while the relay drains', async () => {
    await listen();
    const socket = await dial();
    expect(await ask(socket, request(offline()))).toMatch(/keep-alive/);
    const closed = once(socket, 'close');
    server.drain();
    expect(await ask(socket, request(offline()))).toMatch(/ 200 OK[^]*\r\nConnection: close$/);
    await closed;
    expect(webhook.appended).toHaveLength(2);
  });

  it('loses an event whose body stops in the middle, and says so', async () => {
    await listen();
    const socket = await dial();
    socket.write(request(offline()).slice(0, -5));
    socket.end();
    while ((await webhook.metric('relay_events_lost_total', { cause: 'request_aborted' })) === 0)
      await new Promise((resolve) => setTimeout(resolve, 5));
    expect(webhook.appended).toHaveLength(0);
    expect(await webhook.metric('relay_webhook_bytes_in_flight')).toBe(0);
  });

  it('is answered when its sender has closed its own direction', async () => {
    await listen();
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    sockets.push(socket);
    const answers = answersOf(socket, 1);
    socket.end(request(offline()));
    expect((await answers)[0]).toMatch(/ 200 OK/);
    await once(socket, 'end');
    socket.destroy();
  });

  it('leaves large bodies, and what finds no room, to node:http', async () => {
    await listen({ maxInflightBytes: 40_000 });
    const large = await dial();
    expect(
      await ask(large, request(offline({ topic: 'x'.repeat(4_000), payload: 'A'.repeat(80_000) }))),
    ).toMatch(/ 200 /);
    expect(parsed).toHaveLength(1);
    const { append } = webhook;
    let release: () => void = () => {};
    webhook.append = async (event) => {
      await new Promise<void>((resolve) => (release = resolve));
      await append(event);
    };
    const [first, second] = [await dial(), await dial()];
    const answers = [answersOf(first, 1), answersOf(second, 1)];
    const half = offline({ payload: 'A'.repeat(20_000) });
    first.write(request(half));
    while (webhook.appended.length > 1 || (await webhook.metric('relay_webhook_bytes_in_flight')) === 0)
      await new Promise((resolve) => setTimeout(resolve, 5));
    second.write(request(half));
    while (parsed.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    webhook.append = append;
    release();
    for (const answer of answers) expect((await answer)[0]).toMatch(/ 200 /);
    expect(webhook.appended).toHaveLength(3);
  });

  it.each([
    ['its first request', false],
    ['a later request', true],
  ])('is not read while there is no room for the body of %s', async (_, isUsed) => {
    await listen({ maxInflightBytes: 1_000_000 });
    const [holder, large] = [await dial(), await dial()];
    if (isUsed) expect(await ask(large, request(offline({ topic: 'first' })))).toMatch(/ 200 /);
    const { append } = webhook;
    let release: () => void = () => {};
    const isHeld = new Promise<void>((held) => {
      webhook.append = async (event) => {
        webhook.append = append;
        held();
        await new Promise<void>((resolve) => (release = resolve));
        await append(event);
      };
    });
    const answers = answersOf(holder, 1);
    holder.write(request(offline({ payload: 'A'.repeat(400_000) })));
    await isHeld;
    parsed.length = 0;
    const largeAnswers = answersOf(large, 1);
    large.write(request(offline({ payload: 'A'.repeat(24_000_000) })));
    while (parsed.length < 1) await new Promise((resolve) => setTimeout(resolve, 5));
    await new Promise((resolve) => setTimeout(resolve, 300));
    // The rest is still in the system's buffers, or with its sender.
    expect(lastParsed?.bytesRead).toBeLessThan(12_000_000);
    release();
    expect((await answers)[0]).toMatch(/ 200 /);
    expect((await largeAnswers).at(-1)).toMatch(/ 200 /);
  });

  it('may bring its first body slowly while the relay stops', async () => {
    await listen();
    const socket = await dial();
    const text = request(offline({ topic: 'slow' }));
    socket.write(text.slice(0, -20));
    while ((await webhook.metric('relay_webhook_bytes_in_flight')) === 0)
      await new Promise((resolve) => setTimeout(resolve, 5));
    const answers = answersOf(socket, 1);
    const stopped = server.stop(10_000);
    // Longer than connections that never said anything are waited for.
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    socket.write(text.slice(-20));
    expect((await answers)[0]).toMatch(/^HTTP\/1\.1 200 /);
    socket.end();
    await stopped;
    expect(webhook.messages.map(({ topic }) => topic)).toEqual(['slow']);
  });

  it('counts what was pipelined in part behind a request whose sender has gone', async () => {
    await listen();
    let release: () => void = () => {};
    const { append } = webhook;
    webhook.append = async (event) => {
      await new Promise<void>((resolve) => (release = resolve));
      await append(event);
    };
    const socket = await dial();
    socket.write(request(offline()) + request(offline()).slice(0, -5));
    while ((await webhook.metric('relay_webhook_bytes_in_flight')) === 0)
      await new Promise((resolve) => setTimeout(resolve, 5));
    socket.resetAndDestroy();
    await new Promise((resolve) => setTimeout(resolve, 50));
    release();
    while ((await webhook.metric('relay_events_lost_total', { cause: 'request_aborted' })) === 0)
      await new Promise((resolve) => setTimeout(resolve, 5));
    expect(webhook.appended).toHaveLength(1);
    expect(await webhook.metric('relay_webhook_bytes_in_flight')).toBe(0);
  });

  it('is closed when it stays silent', async () => {
    await listen({}, { headersTimeoutMs: 200, requestTimeoutMs: 300 });
    const socket = await dial();
    await once(socket, 'close');
    const begun = await dial();
    begun.write(request(offline()).slice(0, -5));
    await once(begun, 'close');
    expect(webhook.appended).toHaveLength(0);
  });
});
