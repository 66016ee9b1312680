/*
 * Open this file first: it is HTTP/2 to one origin, behind `port.ts`; `http1-client.ts` is HTTP/1.1 behind the same port, and
 * `either-client.ts` whichever of both the peer speaks.
 * `pool.ts` shares requests (`exchange.ts`, `exchange-list.ts`, `request-check.ts`) among connections (`connection.ts`, made by
 * `lean/`), and waits by `backoff.ts`. `open-socket.ts` opens a socket: `origin.ts` says where, `dialer.ts` and `race.ts` try
 * the addresses, `proxy-tunnel.ts` goes through a proxy, `connect-within.ts` does it for libraries. `deadlines.ts` and
 * `liveness.ts` notice silence, and `causes.ts` has the words for what went wrong.
 */

import { randomInt } from 'node:crypto';
import type { Clock, Random } from '../domain/clock';
import type { Logger } from '../domain/logger';
import type { ConnectionFactory } from './connection';
import { DeadlineWheel } from './deadlines';
import { Dialer, lookupBySystem, type Lookup } from './dialer';
import { Exchange } from './exchange';
import { LeanConnection } from './lean/lean-connection';
import { SocketOpener } from './open-socket';
import { type Origin, parseOrigin, parseProxy } from './origin';
import { Pool } from './pool';
import type { HttpClient, Http2ClientOptions, HttpRequest, HttpResult } from './port';
import { RequestCheck } from './request-check';

export interface Http2ClientContext {
  readonly logger: Logger;
  /** Only differences are taken, so a monotonic clock is best. */
  readonly clock: Clock;
  readonly random?: Random;
  readonly lookup?: Lookup;
  /** The last stream id that a connection may use (odd); 2^31 - 1 unless told. */
  readonly lastStreamId?: number;
}

const maxWaiting = 100_000;
const lastStreamId = 2 ** 31 - 1;

/**
 * Throws a TypeError for a base URL or proxy URL that cannot be used.
 *
 * A loopback `http://` origin is reached directly, whatever the proxy: no proxy could reach it.
 */
export function createHttp2Client(options: Http2ClientOptions, context: Http2ClientContext): HttpClient {
  const origin = parseOrigin(options.baseUrl);
  const proxy = options.proxyUrl === null ? null : parseProxy(options.proxyUrl);
  const opener = new SocketOpener(origin, origin.secure ? proxy : null, options);
  return new PooledClient(options, context, opener);
}

/**
 * Requests over a pool of connections.
 *
 * Open: takes requests. Closed, from the first `close` on: answers each with not_processed. `done` is never called before
 * `request` returned.
 */
class PooledClient implements HttpClient {
  readonly #pool: Pool;
  readonly #deadlines: DeadlineWheel<Exchange>;
  readonly #clock: Clock;
  readonly #check = new RequestCheck();
  #closed: Promise<void> | null = null;
  readonly #opener: SocketOpener;

  constructor(options: Http2ClientOptions, context: Http2ClientContext, opener: SocketOpener) {
    this.#opener = opener;

    const { clock, logger } = context;
    const random = context.random ?? systemRandom;
    const dialer = new Dialer(
      opener,
      connectionFactory(options, context, opener.origin),
      { clock, random, lookup: context.lookup ?? lookupBySystem },
      options.connectTimeoutMs,
    );
    this.#clock = clock;
    this.#deadlines = new DeadlineWheel(clock, (exchange) => this.#expire(exchange));
    this.#pool = new Pool(
      { ...options, upkeepMs: upkeepMs(options) },
      { dialer, clock, random, logger: logger.child({ origin: opener.origin.authority }) },
    );
  }

  request<Request extends HttpRequest>(
    request: Request,
    done: (result: HttpResult, request: Request) => void,
  ): void {
    const fault =
      this.#closed !== null
        ? 'client is closed'
        : this.#pool.waitingCount >= maxWaiting
          ? 'too many requests are waiting'
          : this.#check.faultOf(request);
    if (fault !== null) {
      setImmediate(done, { kind: 'not_processed', cause: fault }, request);
      return;
    }
    const nowMs = this.#clock.monotonicMs();
    // Called with this request and no other.
    const finished = done as (result: HttpResult, request: HttpRequest) => void;
    const exchange = new Exchange(request, finished, nowMs + request.timeoutMs, this.#deadlines);
    this.#deadlines.add(exchange);
    this.#pool.submit(exchange, nowMs);
  }

  stats(): { readonly connections: number } {
    return { connections: this.#pool.connectionCount };
  }

  refresh(): void {
    this.#opener.forgetTicket();
    this.#pool.refresh();
  }

  close(deadlineMs: number): Promise<void> {
    const closing = this.#pool.close(deadlineMs);
    this.#closed ??= closing.then(() => this.#deadlines.stop());
    return this.#closed;
  }

  #expire(exchange: Exchange): void {
    const { carrier, request } = exchange;
    if (carrier === null) {
      this.#pool.withdraw(exchange);
      const missing = this.#pool.connectionCount === 0 ? 'no connection' : 'no stream was free';
      exchange.finish({ kind: 'not_processed', cause: `${missing} within ${request.timeoutMs} ms` });
      return;
    }
    carrier.cancel(exchange, this.#clock.monotonicMs());
    exchange.finish({ kind: 'cut', cause: `no answer within ${Math.round(request.timeoutMs)} ms` });
  }
}

function connectionFactory(
  options: Http2ClientOptions,
  context: Http2ClientContext,
  origin: Origin,
): ConnectionFactory {
  const settings = {
    origin,
    maxStreams: options.maxStreamsPerConnection,
    singleStreamUntilFirstAnswer: options.singleStreamUntilFirstAnswer,
    liveness: { pingIntervalMs: options.pingIntervalMs, pingTimeoutMs: options.pingTimeoutMs },
    lastStreamId: context.lastStreamId ?? lastStreamId,
  };
  return (socket, address, listener) =>
    new LeanConnection(socket, address, settings, context.clock, listener);
}

/** Spreads replicas that started together; only rarely asked. */
const systemRandom: Random = () => randomInt(2 ** 32) / 2 ** 32;

/** Often enough that no interval of the options is overrun by much more than a quarter. */
function upkeepMs(options: Http2ClientOptions): number {
  const shortestMs = Math.min(options.pingIntervalMs, options.pingTimeoutMs, options.idleTimeoutMs);
  return Math.min(1_000, Math.max(10, Math.floor(shortestMs / 4)));
}
