import { once } from 'node:events';
import { createServer, type Http2Server, type Http2Session, type ServerHttp2Stream } from 'node:http2';
import { systemClock } from '../../src/domain/clock';
import { silentLogger, type Logger } from '../../src/domain/logger';
import { createHttp2Client } from '../../src/transport/http2-client';
import type { HttpClient, HttpResult } from '../../src/transport/port';
import { Arrivals } from './arrivals';
import { freePort } from '../helpers/free-port';

interface Seen {
  readonly name: string;
  readonly session: Http2Session;
  readonly stream: ServerHttp2Stream;
}

/** A server of Node's own that can be stopped, and started again on its port. */
class Restartable {
  readonly requests = new Arrivals<Seen>();
  readonly #sessions = new Set<Http2Session>();
  #server: Http2Server | null = null;
  port = 0;

  async start(): Promise<void> {
    if (this.port === 0) this.port = await freePort();
    const server = createServer();
    server.on('session', (session) => {
      this.#sessions.add(session);
      session.on('error', () => {});
      session.on('close', () => this.#sessions.delete(session));
    });
    server.on('stream', (stream, headers) => {
      stream.on('error', () => {});
      const { session } = stream;
      if (session !== undefined) this.requests.push({ name: String(headers[':path']), session, stream });
    });
    await once(server.listen(this.port, '127.0.0.1'), 'listening');
    this.#server = server;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server?.close(resolve));
    for (const session of this.#sessions) session.destroy();
    await closed;
  }
}

describe('HTTP/2 client, while its peer restarts or hangs', () => {
  let server: Restartable;
  let client: HttpClient;
  /** Attempts to connect that failed. */
  let refusals: Arrivals<string>;

  beforeEach(async () => {
    server = new Restartable();
    refusals = new Arrivals();
    const log = ({ event }: { readonly event: string }): void => {
      if (event.startsWith('connect_failed')) refusals.push(event);
    };
    const logger: Logger = { ...silentLogger, warn: log, debug: log, child: () => logger };
    await server.start();
    client = createHttp2Client(
      {
        baseUrl: `http://127.0.0.1:${server.port}`,
        proxyUrl: null,
        minConnections: 1,
        maxConnections: 2,
        maxStreamsPerConnection: 100,
        singleStreamUntilFirstAnswer: false,
        tls: {},
        pingIntervalMs: 30_000,
        pingTimeoutMs: 5_000,
        connectTimeoutMs: 10_000,
        idleTimeoutMs: 60_000,
      },
      { clock: systemClock, logger },
    );
  });

  afterEach(async () => {
    await client.close(0);
    await server.stop();
  });

  function ask(path: string, timeoutMs = 10_000): Promise<HttpResult> {
    return new Promise((resolve) => {
      client.request({ method: 'POST', path, headers: {}, sensitive: [], body: 'x', timeoutMs }, resolve);
    });
  }

  async function answer(): Promise<Seen> {
    const seen = await server.requests.next();
    seen.stream.respond({ ':status': 200 });
    seen.stream.end(seen.name);
    return seen;
  }

  it('asks over another connection after a request that timed out', async () => {
    const [, warm] = await Promise.all([ask('/warm'), answer()]);
    const hangs = ask('/hangs', 300);
    const first = await server.requests.next();
    // The connection lives: it answers what comes beside and after the one that hangs.
    const [, beside] = await Promise.all([ask('/beside'), answer()]);
    expect([first.session, beside.session]).toEqual([warm.session, warm.session]);
    expect(await hangs).toMatchObject({ kind: 'cut' });
    const [again, second] = await Promise.all([ask('/hangs'), answer()]);
    expect(again).toMatchObject({ kind: 'response', body: '/hangs' });
    expect(second.session).not.toBe(first.session);
  });

  it('lets finish on the old connection what was asked before the time-out', async () => {
    const hangs = ask('/hangs', 300);
    const { session } = await server.requests.next();
    const slow = ask('/slow');
    const { stream, ...seen } = await server.requests.next();
    expect(seen.session).toBe(session);
    expect(await hangs).toMatchObject({ kind: 'cut' });
    stream.respond({ ':status': 200 });
    stream.end('late');
    expect(await slow).toMatchObject({ kind: 'response', body: 'late' });
  });

  it('sends again what a GOAWAY left unprocessed as soon as the peer is back', async () => {
    const kept = ask('/kept');
    const first = await server.requests.next();
    const lost = ask('/lost');
    await server.requests.next();
    first.session.goaway(0, first.stream.id);
    first.stream.respond({ ':status': 200 });
    first.stream.end('kept');
    expect(await kept).toMatchObject({ kind: 'response', body: 'kept' });
    await server.stop();
    await refusals.take(3);
    await server.start();
    expect((await answer()).name).toBe('/lost');
    expect(await lost).toMatchObject({ kind: 'response', body: '/lost' });
  });

  it('keeps what comes while the peer restarts, and gives it back when the peer stays away', async () => {
    await Promise.all([ask('/warm'), answer()]);
    await server.stop();
    const early = ask('/early');
    await server.start();
    expect((await answer()).name).toBe('/early');
    expect(await early).toMatchObject({ kind: 'response' });
    await server.stop();
    expect(await ask('/never')).toMatchObject({
      kind: 'not_processed',
      cause: expect.stringMatching(/ECONNREFUSED/),
    });
    await server.start();
  });
});
