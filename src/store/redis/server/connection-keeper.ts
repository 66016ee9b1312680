import { Cluster } from 'ioredis';
import { StoreConfigurationError } from '../../ports/errors';
import type { OutageLog } from '../../outage-log';
import { configurationError } from './access';
import { causeOf, closedUnanswered } from './causes';
import type { Client } from './create-client';
import { isRefused, isReplica } from './failures';
import type { DeadlineClient } from './deadline-client';

export interface ConnectionKeeperParts {
  readonly redis: DeadlineClient;
  readonly name: string;
  readonly tls: boolean;
  /** Runs before the link opens, each time the server is reached anew. */
  readonly check: () => Promise<void>;
  /** What a cluster that cannot be joined has to say for itself; null: nothing. */
  readonly diagnose: () => Promise<StoreConfigurationError | null>;
  readonly outages: OutageLog;
}

const checkAgainMs = 2_000;
const masterAgainMs = 250;
const layoutEveryMs = 5_000;

/**
 * Keeps a link to Redis.
 *
 * connecting → checking (the server answers, but may be the wrong one, or in another state than asked for) → open → connecting
 * again, for ever. Closed: at the end. Only the check that the present connection has passed opens the link.
 */
export class ConnectionKeeper {
  #problem: { readonly error: Error; readonly text: string; readonly vague: boolean } | null = null;
  /** Connections so far: an answer that comes over an earlier one says nothing of this one. */
  #connections = 0;
  #wasOpen = false;
  #closed = false;
  #again: NodeJS.Timeout | null = null;
  #layout: NodeJS.Timeout | null = null;
  #diagnosing = false;
  #changed: () => void = () => {};
  readonly #parts: ConnectionKeeperParts;

  constructor(parts: ConnectionKeeperParts) {
    this.#parts = parts;
  }

  /** Why it is not open. */
  get problem(): string | null {
    return this.#problem?.text ?? null;
  }

  /** Resolves when the link is open, or has not become so in time. Rejects with StoreConfigurationError. */
  async open(timeoutMs: number): Promise<void> {
    const { client } = this.#parts.redis;
    this.#parts.outages.cutOff(this.#parts.name);
    this.#listen(client);
    client.connect().catch((error: unknown) => this.#failed(error));
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.#changed();
    }, timeoutMs);
    const isToWait = (): boolean => !this.#parts.redis.isOpen && !late && !this.#closed;
    while (isToWait() && !(this.#problem?.error instanceof StoreConfigurationError))
      await new Promise<void>((resolve) => (this.#changed = resolve));
    clearTimeout(timer);
    if (this.#problem?.error instanceof StoreConfigurationError) throw this.#problem.error;
  }

  close(): void {
    this.#closed = true;
    this.#changed();
    if (this.#again !== null) clearTimeout(this.#again);
    if (this.#layout !== null) clearInterval(this.#layout);
    this.#parts.redis.shut();
    this.#parts.redis.client.disconnect();
  }

  #listen(client: Client): void {
    client.on('error', (error: unknown) => {
      // The check selects once more, and says more of it.
      if (!isOfSelect(error)) this.#failed(error);
    });
    client.on('ready', () => void this.#check(++this.#connections));
    client.on('close', () => this.#lost());
    if (!(client instanceof Cluster)) return;
    client.on('node error', (error: unknown) => this.#nodeFailed(error));
    // A master that is replaced answers nothing that would tell; ioredis' own refresh outlives its client.
    this.#layout = setInterval(() => {
      if (client.status === 'ready') client.refreshSlotsCache();
    }, layoutEveryMs).unref();
  }

  async #check(connection: number): Promise<void> {
    const { redis, check, outages, name } = this.#parts;
    const isOver = (): boolean =>
      this.#closed || connection !== this.#connections || redis.client.status !== 'ready';
    try {
      await check();
    } catch (error) {
      if (this.#closed || connection !== this.#connections) return;
      this.#failed(error);
      if (!isOver()) this.#checkAgain(connection, isReplica(error));
      return;
    }
    if (isOver()) return;
    redis.open();
    this.#wasOpen = true;
    this.#problem = null;
    outages.back(name);
    this.#changed();
  }

  /** A replica is left, so that sentinels are asked for the master. */
  #checkAgain(connection: number, isAtReplica: boolean): void {
    if (this.#again !== null) clearTimeout(this.#again);
    const { client } = this.#parts.redis;
    this.#again = setTimeout(
      () => (isAtReplica ? client.disconnect(true) : void this.#check(connection)),
      isAtReplica ? masterAgainMs : checkAgainMs,
    ).unref();
  }

  #lost(): void {
    if (this.#closed) return;
    this.#connections++;
    const { redis, outages, name } = this.#parts;
    const wasOpen = redis.isOpened;
    redis.shut();
    outages.cutOff(name);
    if (wasOpen || this.#problem === null || this.#problem.vague)
      this.#failed(new Error(this.#wasOpen ? 'Connection is closed.' : closedUnanswered));
    if (redis.isCluster) void this.#diagnose();
  }

  #failed(error: unknown): void {
    if (this.#closed) return;
    const failure = error instanceof Error ? error : new Error(String(error));
    const { redis, outages, tls } = this.#parts;
    const cause = causeOf(failure, tls);
    const kept =
      failure instanceof StoreConfigurationError || !isRefused(failure)
        ? failure
        : configurationError(cause.text, failure);
    const problem = { error: kept, text: kept === failure ? cause.text : kept.message, vague: cause.vague };
    // What only a changed configuration helps against is not hidden by what follows from it, nor a reason by a vaguer one.
    const isHidden =
      this.#problem !== null &&
      (this.#problem.error instanceof StoreConfigurationError || (problem.vague && !this.#problem.vague));
    if (!isHidden) this.#problem = problem;
    if (!redis.isOpen && this.#problem !== null) {
      const { text, vague } = this.#problem;
      outages.noticed(text, { vague, must: this.#problem.error instanceof StoreConfigurationError });
    }
    this.#changed();
  }

  /** One node of several: its commands fail by themselves; what matters is a credential that none of them takes. */
  #nodeFailed(error: unknown): void {
    if (!this.#parts.redis.isOpen) this.#failed(error);
  }

  async #diagnose(): Promise<void> {
    if (this.#diagnosing) return;
    this.#diagnosing = true;
    try {
      const found = await this.#parts.diagnose();
      if (found !== null) this.#failed(found);
    } finally {
      this.#diagnosing = false;
    }
  }
}

function isOfSelect(error: unknown): boolean {
  return (
    error instanceof Error &&
    'command' in error &&
    typeof error.command === 'object' &&
    error.command !== null &&
    'name' in error.command &&
    error.command.name === 'select'
  );
}
