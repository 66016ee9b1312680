import { lookup as systemLookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { Clock, Random } from '../domain/clock';
import { describeError } from './causes';
import type { Connection, ConnectionFactory, ConnectionListener } from './connection';
import type { SocketOpener } from './open-socket';
import { type Attempt, race, type RaceResult } from './race';

/** All addresses of a host name, asked anew for each connection. Rejects when there are none. */
export type Lookup = (hostname: string) => Promise<readonly string[]>;

export const lookupBySystem: Lookup = async (hostname) =>
  (await systemLookup(hostname, { all: true })).map(({ address }) => address);

const forgivenAfterMs = 5 * 60_000;

/**
 * Makes connections to one origin: resolves, orders the addresses so that connections spread over them and an address
 * that failed last comes last, and races them until one has spoken HTTP/2 (its SETTINGS came).
 */
export class Dialer {
  readonly #failedAtMs = new Map<string, number>();
  /** The first choices of the dials in progress, so that dials at the same time spread too. */
  readonly #chosen: string[] = [];
  readonly #opener: SocketOpener;
  readonly #create: ConnectionFactory;
  readonly #context: { readonly clock: Clock; readonly random: Random; readonly lookup: Lookup };
  readonly #connectTimeoutMs: number;

  constructor(
    opener: SocketOpener,
    create: ConnectionFactory,
    context: { readonly clock: Clock; readonly random: Random; readonly lookup: Lookup },
    connectTimeoutMs: number,
  ) {
    this.#opener = opener;
    this.#create = create;
    this.#context = context;
    this.#connectTimeoutMs = connectTimeoutMs;
  }

  /**
   * `load` says how many connections an address has already. Calls `done` once, not synchronously, unless the returned function,
   * which gives up, was called before.
   */
  dial(load: (address: string) => number, done: (result: RaceResult<Connection>) => void): () => void {
    let over = false;
    let giveUp = (): void => {};
    const { host } = this.#opener.peer;
    const end = (result: RaceResult<Connection>): void => {
      if (over) return;
      over = true;
      clearTimeout(timer);
      giveUp();
      done(
        result.kind === 'won'
          ? result
          : { kind: 'lost', cause: `cannot connect to ${this.#opener.target}: ${result.cause}` },
      );
    };
    const timer = setTimeout(
      () => end({ kind: 'lost', cause: `no connection within ${this.#connectTimeoutMs} ms` }),
      this.#connectTimeoutMs,
    );
    const start = (addresses: readonly string[]): void => {
      if (over) return;
      if (addresses.length === 0) return end({ kind: 'lost', cause: 'host name has no address' });
      const order = this.#order(addresses, load);
      const [first] = order as [string];
      this.#chosen.push(first);
      const stop = race(order, this.#attempt, end);
      giveUp = () => {
        this.#chosen.splice(this.#chosen.indexOf(first), 1);
        stop();
      };
    };
    this.#addressesOf(host).then(start, (error: unknown) =>
      end({ kind: 'lost', cause: describeError(error) }),
    );
    return () => {
      if (over) return;
      over = true;
      clearTimeout(timer);
      giveUp();
    };
  }

  async #addressesOf(host: string): Promise<readonly string[]> {
    if (isIP(host) !== 0) return [host];
    return [...new Set(await this.#context.lookup(host))];
  }

  #order(addresses: readonly string[], load: (address: string) => number): string[] {
    const nowMs = this.#context.clock.monotonicMs();
    for (const [address, atMs] of this.#failedAtMs)
      if (nowMs - atMs > forgivenAfterMs) this.#failedAtMs.delete(address);
    const ranked = addresses.map((address) => ({
      address,
      rank:
        (this.#failedAtMs.has(address) ? 1_000_000 : 0) +
        load(address) +
        this.#chosen.filter((choice) => choice === address).length +
        this.#context.random() / 2,
    }));
    return ranked.sort((a, b) => a.rank - b.rank).map(({ address }) => address);
  }

  readonly #attempt: Attempt<Connection> = (address, done) => {
    let connection: Connection | null = null;
    const succeed = (opened: Connection): void => {
      this.#failedAtMs.delete(address);
      done({ kind: 'won', prize: opened });
    };
    const fail = (cause: string): void => {
      this.#failedAtMs.set(address, this.#context.clock.monotonicMs());
      done({ kind: 'lost', cause });
    };
    const stopOpening = this.#opener.open(address, (result) => {
      if (result.kind === 'failed') return fail(result.cause);
      connection = this.#create(result.socket, address, openingListener(succeed, fail));
    });
    return () => {
      // Another one was faster, or time was up: as good as failed for the order of the next dial.
      this.#failedAtMs.set(address, this.#context.clock.monotonicMs());
      stopOpening();
      connection?.destroy('given up');
    };
  };
}

function openingListener(
  succeed: (connection: Connection) => void,
  fail: (cause: string) => void,
): ConnectionListener {
  return {
    onOpen: succeed,
    onLeave: (_connection, cause) => fail(cause),
    onGone: (_connection, cause) => fail(cause),
    onRoom: () => {},
    onProven: () => {},
    onRefused: () => {},
  };
}
