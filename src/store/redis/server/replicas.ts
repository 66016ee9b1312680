import type { Redis } from 'ioredis';
import { nameOf, type DeadlineClient } from './deadline-client';

/** What is known of one master's replicas. */
interface Known {
  replicationId: string;
  connected: number;
  seenAtMs: number;
}

const rememberedMs = 300_000;
const refreshedEveryMs = 1_000;
/** Replicas report once a second. */
const slowestLagSeconds = 2;

/**
 * Which masters have replicas. One that had some and has lost them is still expected to have them for five minutes: a
 * master cut off from its replicas is about to be replaced, and what it takes until then is gone.
 */
export class Replicas {
  readonly #known = new Map<string, Known>();
  #timer: NodeJS.Timeout | null = null;
  #refreshing: Promise<void> | null = null;
  readonly #redis: DeadlineClient;

  constructor(redis: DeadlineClient) {
    this.#redis = redis;
  }

  start(): void {
    this.#timer = setInterval(() => {
      if (this.#redis.client.status === 'ready') this.refresh().catch(() => {});
    }, refreshedEveryMs);
    this.#timer.unref();
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
  }

  /** none: the master is alone. connected: WAIT can succeed. missing: it has, or had, some that keep up no more. */
  of(master: Redis): 'none' | 'connected' | 'missing' {
    const known = this.#known.get(this.#name(master));
    if (known === undefined) return 'none';
    if (known.connected > 0) return 'connected';
    return performance.now() - known.seenAtMs < rememberedMs ? 'missing' : 'none';
  }

  /** Rejects when a master does not answer. */
  refresh(): Promise<void> {
    return (this.#refreshing ??= this.#refresh().finally(() => (this.#refreshing = null)));
  }

  async #refresh(): Promise<void> {
    const masters = this.#redis.masters();
    await Promise.all(masters.map((master) => this.#ask(master)));
  }

  async #ask(master: Redis): Promise<void> {
    // Health says that INFO is missing; without it nobody knows of replicas, and none is waited for.
    const info = (await this.#redis.infoOn(master, ['replication'])) ?? '';
    const replicas = [...info.matchAll(/^slave\d+:.*state=(\w+).*lag=(-?\d+)/gm)];
    const connected = replicas.filter(
      ([, state, lag]) => state === 'online' && Number(lag) <= slowestLagSeconds,
    ).length;
    const replicationId = /^master_replid:(\w+)/m.exec(info)?.[1] ?? '';
    const name = this.#name(master);
    const before = this.#known.get(name);
    const same = before?.replicationId === replicationId;
    const seenAtMs =
      replicas.length > 0
        ? performance.now()
        : ((same ? before?.seenAtMs : undefined) ?? Number.NEGATIVE_INFINITY);
    this.#known.set(name, { replicationId, connected, seenAtMs });
  }

  #name(master: Redis): string {
    return this.#redis.isCluster ? nameOf(master) : '';
  }
}
