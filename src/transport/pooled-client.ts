import { randomInt } from 'node:crypto';
import type { Clock, Random } from '../domain/clock';
import type { Logger } from '../domain/logger';
import type { ConnectionFactory } from './connection';
import { DeadlineWheel } from './deadlines';
import { Dialer, lookupBySystem, type Lookup } from './dialer';
import { Exchange } from './exchange';
import type { SocketOpener } from './open-socket';
import { Pool } from './pool';
import type { Http2Client, Http2ClientOptions, Http2Request, Http2Result } from './port';
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

const MAX_WAITING = 100_000;

/**
 * Requests over a pool of connections; which code speaks HTTP/2 on them is the factory's choice.
 *
 * Open: takes requests. Closed, from the first `close` on: answers each with not_processed. `done` is never called before
 * `request` returned.
 */
export class PooledHttp2Client implements Http2Client {
  private readonly pool: Pool;
  private readonly deadlines: DeadlineWheel<Exchange>;
  private readonly clock: Clock;
  private readonly check = new RequestCheck();
  private closed: Promise<void> | null = null;

  constructor(
    options: Http2ClientOptions,
    context: Http2ClientContext,
    private readonly opener: SocketOpener,
    create: ConnectionFactory,
  ) {
    const { clock, logger } = context;
    const random = context.random ?? systemRandom;
    const dialer = new Dialer(
      opener,
      create,
      { clock, random, lookup: context.lookup ?? lookupBySystem },
      options.connectTimeoutMs,
    );
    this.clock = clock;
    this.deadlines = new DeadlineWheel(clock, (exchange) => this.expire(exchange));
    this.pool = new Pool(
      { ...options, upkeepMs: upkeepMs(options) },
      { dialer, clock, random, logger: logger.child({ origin: opener.origin.authority }) },
    );
  }

  request<Request extends Http2Request>(
    request: Request,
    done: (result: Http2Result, request: Request) => void,
  ): void {
    const fault =
      this.closed !== null
        ? 'client is closed'
        : this.pool.waitingCount >= MAX_WAITING
          ? 'too many requests are waiting'
          : this.check.faultOf(request);
    if (fault !== null) {
      setImmediate(done, { kind: 'not_processed', cause: fault }, request);
      return;
    }
    const nowMs = this.clock.monotonicMs();
    // Called with this request and no other.
    const finished = done as (result: Http2Result, request: Http2Request) => void;
    const exchange = new Exchange(request, finished, nowMs + request.timeoutMs, this.deadlines);
    this.deadlines.add(exchange);
    this.pool.submit(exchange, nowMs);
  }

  stats(): { readonly open: number; readonly waiting: number; readonly connections: number } {
    return {
      open: this.pool.openStreams,
      waiting: this.pool.waitingCount,
      connections: this.pool.connectionCount,
    };
  }

  warmUp(): void {
    if (this.closed === null) this.pool.warmUp();
  }

  refresh(): void {
    this.opener.forgetTicket();
    this.pool.refresh();
  }

  close(deadlineMs: number): Promise<void> {
    const closing = this.pool.close(deadlineMs);
    this.closed ??= closing.then(() => this.deadlines.stop());
    return this.closed;
  }

  private expire(exchange: Exchange): void {
    const { carrier, request } = exchange;
    if (carrier === null) {
      this.pool.withdraw(exchange);
      const missing = this.pool.connectionCount === 0 ? 'no connection' : 'no stream was free';
      exchange.finish({ kind: 'not_processed', cause: `${missing} within ${request.timeoutMs} ms` });
      return;
    }
    carrier.cancel(exchange, this.clock.monotonicMs());
    exchange.finish({ kind: 'cut', cause: `no answer within ${request.timeoutMs} ms` });
  }
}

/** Spreads replicas that started together; only rarely asked. */
const systemRandom: Random = () => randomInt(2 ** 32) / 2 ** 32;

/** Often enough that no interval of the options is overrun by much more than a quarter. */
function upkeepMs(options: Http2ClientOptions): number {
  const shortestMs = Math.min(options.pingIntervalMs, options.pingTimeoutMs, options.idleTimeoutMs);
  return Math.min(1_000, Math.max(10, Math.floor(shortestMs / 4)));
}
