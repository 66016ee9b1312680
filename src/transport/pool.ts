import type { Clock, Random } from '../domain/clock';
import type { Logger } from '../domain/logger';
import { Backoff } from './backoff';
import type { Connection, ConnectionListener } from './connection';
import type { Dialer } from './dialer';
import type { Exchange } from './exchange';
import { ExchangeList } from './exchange-list';
import type { RaceResult } from './race';

export interface PoolOptions {
  readonly minConnections: number;
  readonly maxConnections: number;
  readonly maxStreamsPerConnection: number;
  readonly singleStreamUntilFirstAnswer: boolean;
  readonly idleTimeoutMs: number;
  /** How often connections are looked after. */
  readonly upkeepMs: number;
}

export interface PoolContext {
  readonly dialer: Dialer;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

const maxResends = 3;
const maxDials = 4;
/** Requests wait for the next attempt to connect if it is this near, else they are given back at once. */
const patienceMs = 1_000;
/** A peer that restarts is back within this time: what waits for it, or was refused unprocessed, is kept so long. */
const hopeMs = 2_000;
/** A connection may take this long to prove itself before others are opened because of it. */
const probationMs = 1_000;
/** A connection that lasted this long was no failure, even if nothing was asked of it. */
const settledAfterMs = 10_000;
const suspectLoad = 1_000_000;

/**
 * The connections to one origin and the line of exchanges that wait for a stream.
 *
 * Running: an exchange goes to the live connection with the fewest open streams, or into the line. Connections are added up to
 * the maximum while the least busy one is nearly full, and let go, down to the minimum, when they have been idle. The
 * minimum is kept while requests have been made lately. When nothing is connected and connecting fails, the line is given back,
 * but for the first two seconds after a loss: most peers that restart are back by then.
 * Closing: takes nothing, gives the line back, lets streams finish. Closed: no socket and no timer is left.
 */
export class Pool implements ConnectionListener {
  readonly #waiting = new ExchangeList();
  readonly #live: Connection[] = [];
  /** Draining or ended, until their sockets are closed. */
  readonly #leaving = new Set<Connection>();
  readonly #dials = new Set<() => void>();
  readonly #backoff: Backoff;
  #lostAtMs = -Infinity;
  #lastFailure = 'not connected';
  #loggedFailure: string | null = null;
  #lastUsedMs = -Infinity;
  #lastUpkeepMs = 0;
  #upkeepTimer: NodeJS.Timeout | null = null;
  #retryTimer: NodeJS.Timeout | null = null;
  #giveBackTimer: NodeJS.Immediate | null = null;
  #closing = false;
  #closed: Promise<void> | null = null;
  #onClosed = (): void => {};
  readonly #options: PoolOptions;
  readonly #context: PoolContext;

  constructor(options: PoolOptions, context: PoolContext) {
    this.#options = options;
    this.#context = context;

    this.#backoff = new Backoff(context.random);
  }

  get waitingCount(): number {
    return this.#waiting.size;
  }

  get connectionCount(): number {
    return this.#live.length + this.#leaving.size;
  }

  /** Takes an exchange: it is written, waits, or is finished as not processed. */
  submit(exchange: Exchange, nowMs: number): void {
    this.#lastUsedMs = nowMs;
    const connection = this.#waiting.size === 0 ? this.#pick() : null;
    if (connection !== null) connection.send(exchange, nowMs);
    else this.#waiting.push(exchange);
    if (connection === null || isBurdened(connection)) this.#balance(nowMs);
  }

  /** Takes an exchange out of the line. */
  withdraw(exchange: Exchange): void {
    this.#waiting.remove(exchange);
  }

  /** Lets go of every connection; what comes next goes over new ones. */
  refresh(): void {
    for (const giveUp of this.#dials) giveUp();
    this.#dials.clear();
    this.#backoff.clear();
    for (const connection of [...this.#live]) this.#letGo(connection, 'credential changed');
    this.#balance(this.#context.clock.monotonicMs());
  }

  close(deadlineMs: number): Promise<void> {
    this.#closed ??= new Promise((resolve) => (this.#onClosed = resolve));
    if (!this.#closing) {
      this.#closing = true;
      for (const giveUp of this.#dials) giveUp();
      this.#dials.clear();
      this.#failWaiting('client is closed');
      for (const connection of [...this.#live]) this.#letGo(connection, 'client is closed');
    }
    const timer = setTimeout(() => {
      for (const connection of [...this.#leaving]) connection.destroy('client is closed');
    }, deadlineMs);
    void this.#closed.then(() => clearTimeout(timer));
    this.#settleClosed();
    return this.#closed;
  }

  onRoom(): void {
    if (this.#waiting.size > 0) this.#pump(this.#context.clock.monotonicMs());
  }

  onProven(): void {
    this.#backoff.clear();
  }

  onRefused(exchanges: readonly Exchange[], cause: string): void {
    for (let i = exchanges.length - 1; i >= 0; i -= 1) {
      const exchange = exchanges[i] as Exchange;
      exchange.refusals += 1;
      if (this.#closing) exchange.finish({ kind: 'not_processed', cause: 'client is closed' });
      else if (exchange.refusals > maxResends)
        exchange.finish({ kind: 'not_processed', cause: `${cause}, ${exchange.refusals} times` });
      else this.#waiting.pushFirst(exchange);
    }
    const nowMs = this.#context.clock.monotonicMs();
    this.#pump(nowMs);
    this.#balance(nowMs);
  }

  onLeave(connection: Connection, cause: string): void {
    this.#leave(connection);
    this.#context.logger.info(
      { event: 'connection_closed', address: connection.address, cause },
      'connection closed',
    );
    const nowMs = this.#context.clock.monotonicMs();
    if (!connection.proven && nowMs - connection.sinceMs < settledAfterMs) {
      this.#backoff.lost(nowMs);
      this.#lastFailure = cause;
    }
    this.#balance(nowMs);
  }

  onGone(connection: Connection): void {
    this.#leaving.delete(connection);
    this.#settleClosed();
  }

  #pick(): Connection | null {
    let best: Connection | null = null;
    let bestLoad = Infinity;
    for (const connection of this.#live) {
      const open = connection.openStreams;
      if (open >= connection.streamLimit) continue;
      const load = connection.suspect ? open + suspectLoad : open;
      if (load >= bestLoad) continue;
      best = connection;
      bestLoad = load;
    }
    return best;
  }

  #pump(nowMs: number): void {
    while (this.#waiting.size > 0) {
      const connection = this.#pick();
      if (connection === null) return;
      const exchange = this.#waiting.shift() as Exchange;
      // The wheel is coarse, and this process may have been stopped: what is late is not written any more.
      if (exchange.deadlineMs <= nowMs)
        exchange.finish({ kind: 'not_processed', cause: 'no stream was free in time' });
      else connection.send(exchange, nowMs);
    }
  }

  /** Opens connections where they are missing, and gives the line back where none can be had. */
  #balance(nowMs: number): void {
    if (this.#closing) return;
    this.#startUpkeep();
    const missing = this.#missing(nowMs);
    const pauseMs = this.#backoff.remainingMs(nowMs);
    if (missing > 0 && pauseMs > 0) {
      this.#retryTimer ??= setTimeout(() => this.#retry(), pauseMs);
      if (pauseMs > patienceMs && this.#isCutOff())
        this.#giveBackTimer ??= setImmediate(() => this.#giveBack());
      return;
    }
    for (let i = 0; i < missing; i += 1) this.#dial();
  }

  #missing(nowMs: number): number {
    const have = this.#live.length + this.#dials.size;
    const inUse = nowMs - this.#lastUsedMs < this.#options.idleTimeoutMs;
    const least = Math.max(inUse ? this.#options.minConnections : 0, this.#waiting.size > 0 ? 1 : 0);
    const missing =
      Math.min(this.#options.maxConnections, Math.max(least, have + this.#growth(nowMs))) - have;
    return this.#backoff.active ? Math.min(missing, 1 - this.#dials.size) : missing;
  }

  #growth(nowMs: number): number {
    if (this.#live.length === 0 || this.#live.length + this.#dials.size >= this.#options.maxConnections)
      return 0;
    const probation = this.#options.singleStreamUntilFirstAnswer;
    for (const connection of this.#live) {
      if (!isBurdened(connection)) return 0;
      if (probation && !connection.proven && nowMs - connection.lastUsedMs < probationMs) return 0;
    }
    const wanted = Math.ceil(this.#waiting.size / this.#options.maxStreamsPerConnection);
    return Math.min(maxDials, Math.max(1, wanted)) - this.#dials.size;
  }

  #dial(): void {
    const load = (address: string): number =>
      this.#live.filter((connection) => connection.address === address).length;
    const giveUp = this.#context.dialer.dial(load, (result) => {
      this.#dials.delete(giveUp);
      this.#onDialled(result);
    });
    this.#dials.add(giveUp);
  }

  #onDialled(result: RaceResult<Connection>): void {
    const nowMs = this.#context.clock.monotonicMs();
    if (result.kind === 'won') {
      const connection = result.prize;
      connection.listen(this);
      this.#live.push(connection);
      this.#loggedFailure = null;
      this.#context.logger.debug(
        { event: 'connection_opened', address: connection.address },
        'connection opened',
      );
      this.#pump(nowMs);
    } else {
      this.#backoff.failed(nowMs);
      this.#lastFailure = result.cause;
      this.#logFailure(result.cause);
      if (this.#isCutOff() && nowMs - this.#lostAtMs >= hopeMs) this.#failWaiting(result.cause);
    }
    this.#balance(nowMs);
  }

  /** Once for each cause, until a connection opens: it is dialed again every few seconds. */
  #logFailure(cause: string): void {
    const { logger } = this.#context;
    const message = 'connection attempt failed';
    if (cause === this.#loggedFailure) logger.debug({ event: 'connect_failed_again', cause }, message);
    else logger.warn({ event: 'connect_failed', cause }, message);
    this.#loggedFailure = cause;
  }

  #isCutOff(): boolean {
    return this.#live.length + this.#dials.size === 0;
  }

  /** Not within `submit`: a caller that tries again at once would call itself for ever. */
  #giveBack(): void {
    this.#giveBackTimer = null;
    if (this.#isCutOff()) this.#failWaiting(this.#lastFailure);
  }

  #retry(): void {
    this.#retryTimer = null;
    this.#balance(this.#context.clock.monotonicMs());
  }

  #failWaiting(cause: string): void {
    for (let left = this.#waiting.size; left > 0; left -= 1)
      this.#waiting.shift()?.finish({ kind: 'not_processed', cause });
  }

  #letGo(connection: Connection, cause: string): void {
    this.#leave(connection);
    this.#context.logger.debug(
      { event: 'connection_drained', address: connection.address, cause },
      'connection takes no new requests',
    );
    connection.drain();
  }

  #leave(connection: Connection): void {
    const index = this.#live.indexOf(connection);
    if (index >= 0) this.#live.splice(index, 1);
    if (this.#live.length === 0) this.#lostAtMs = this.#context.clock.monotonicMs();
    this.#leaving.add(connection);
  }

  #startUpkeep(): void {
    if (this.#upkeepTimer !== null) return;
    this.#lastUpkeepMs = this.#context.clock.monotonicMs();
    this.#upkeepTimer = setInterval(() => this.#upkeep(), this.#options.upkeepMs);
  }

  #upkeep(): void {
    const nowMs = this.#context.clock.monotonicMs();
    const paused = nowMs - this.#lastUpkeepMs > this.#options.upkeepMs + 1_000;
    this.#lastUpkeepMs = nowMs;
    // After a pause of this process the peers' answers wait in the sockets: nobody is called dead before they are read.
    if (paused) return;
    for (const connection of this.#leaving) connection.upkeep(nowMs);
    for (const connection of [...this.#live]) connection.upkeep(nowMs);
    if (this.#backoff.active && this.#live.some(({ sinceMs }) => nowMs - sinceMs >= settledAfterMs))
      this.#backoff.clear();
    this.#letIdleGo(nowMs);
    this.#balance(nowMs);
    this.#stopWhenEmpty();
  }

  #letIdleGo(nowMs: number): void {
    for (let i = this.#live.length - 1; i >= 0 && this.#live.length > this.#options.minConnections; i -= 1) {
      const connection = this.#live[i] as Connection;
      const idle =
        connection.openStreams === 0 && nowMs - connection.lastUsedMs >= this.#options.idleTimeoutMs;
      if (idle) this.#letGo(connection, 'idle');
    }
  }

  #stopWhenEmpty(): void {
    if (this.connectionCount + this.#dials.size + this.#waiting.size > 0 || this.#upkeepTimer === null)
      return;
    clearInterval(this.#upkeepTimer);
    this.#upkeepTimer = null;
  }

  #settleClosed(): void {
    if (!this.#closing || this.connectionCount > 0) return;
    if (this.#retryTimer !== null) clearTimeout(this.#retryTimer);
    if (this.#upkeepTimer !== null) clearInterval(this.#upkeepTimer);
    this.#retryTimer = null;
    this.#upkeepTimer = null;
    this.#onClosed();
  }
}

/** Nearly full, or no longer to be relied on. */
function isBurdened(connection: Connection): boolean {
  return connection.suspect || connection.openStreams * 5 >= connection.streamLimit * 4;
}
