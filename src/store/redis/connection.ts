import { Cluster } from 'ioredis';
import type { Logger } from '../../domain/logger';
import { StoreConfigurationError } from '../ports/errors';
import type { Client } from './connect';
import { isRefused } from './failures';
import type { Link } from './link';
import { configurationError } from './server-check';

export interface ConnectionParts {
  readonly link: Link;
  readonly name: string;
  /** Runs before the link opens, each time the server is reached anew. */
  readonly check: () => Promise<void>;
  readonly logger: Logger;
}

const checkAgainMs = 2_000;
const layoutEveryMs = 5_000;

/**
 * Keeps a link to Redis.
 *
 * connecting → checking (the server answers, but may be the wrong one) → open → connecting again, for ever. Closed: at the
 * end. An outage is logged once, and so is its end.
 */
export class Connection {
  #problem: Error | null = null;
  #logged = false;
  #closed = false;
  #again: NodeJS.Timeout | null = null;
  #layout: NodeJS.Timeout | null = null;
  #changed: () => void = () => {};

  constructor(private readonly parts: ConnectionParts) {}

  /** Why it is not open. */
  get problem(): string | null {
    return this.#problem?.message ?? null;
  }

  /** Resolves when the link is open, or has not become so in time. Rejects with StoreConfigurationError. */
  async open(timeoutMs: number): Promise<void> {
    const { client } = this.parts.link;
    this.#listen(client);
    client.connect().catch((error: unknown) => this.#failed(error));
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.#changed();
    }, timeoutMs);
    while (!this.parts.link.isOpen && !late && !(this.#problem instanceof StoreConfigurationError))
      await new Promise<void>((resolve) => (this.#changed = resolve));
    clearTimeout(timer);
    if (this.#problem instanceof StoreConfigurationError) throw this.#problem;
  }

  close(): void {
    this.#closed = true;
    if (this.#again !== null) clearTimeout(this.#again);
    if (this.#layout !== null) clearInterval(this.#layout);
    this.parts.link.shut();
    this.parts.link.client.disconnect();
  }

  #listen(client: Client): void {
    client.on('error', (error: unknown) => this.#failed(error));
    client.on('ready', () => void this.#check());
    client.on('close', () => this.#lost());
    if (!(client instanceof Cluster)) return;
    client.on('node error', (error: unknown) => this.#nodeFailed(error));
    // A master that is replaced answers nothing that would tell; ioredis' own refresh outlives its client.
    this.#layout = setInterval(() => {
      if (client.status === 'ready') client.refreshSlotsCache();
    }, layoutEveryMs).unref();
  }

  async #check(): Promise<void> {
    const { link, check, logger, name } = this.parts;
    try {
      await check();
    } catch (error) {
      this.#failed(error);
      if (this.#closed || link.client.status !== 'ready') return;
      if (this.#again !== null) clearTimeout(this.#again);
      this.#again = setTimeout(() => void this.#check(), checkAgainMs).unref();
      return;
    }
    if (this.#closed || link.client.status !== 'ready') return;
    link.open();
    this.#problem = null;
    if (this.#logged) logger.info({ connection: name }, 'Redis is reached again');
    this.#logged = false;
    this.#changed();
  }

  #lost(): void {
    if (this.#closed) return;
    this.parts.link.shut();
    this.#problem ??= new Error('the connection to Redis was closed');
    this.#log(this.#problem);
  }

  #failed(error: unknown): void {
    if (this.#closed) return;
    const failure = error instanceof Error ? error : new Error(String(error));
    const known = failure instanceof StoreConfigurationError || !isRefused(failure);
    // What only a changed configuration helps against is not hidden by what follows from it.
    if (!(this.#problem instanceof StoreConfigurationError))
      this.#problem = known ? failure : configurationError(failure);
    if (!this.parts.link.isOpen) this.#log(this.#problem);
    this.#changed();
  }

  /** One node of several: its commands fail by themselves; what matters is a credential that none of them takes. */
  #nodeFailed(error: unknown): void {
    if (!this.parts.link.isOpen) this.#failed(error);
  }

  #log(problem: Error): void {
    if (this.#logged) return;
    this.#logged = true;
    this.parts.logger.warn(
      { connection: this.parts.name, reason: problem.message },
      'Redis cannot be reached',
    );
  }
}
