/*
 * Open this file first: it makes the two clients of a store. `create-client.ts` creates an ioredis client from `options.ts` and
 * `server-address.ts`; `connection-keeper.ts` keeps it connected, and `deadline-client.ts` ends each command in time. `access.ts`,
 * `server-check.ts` and `cluster-diagnosis.ts` check a server before its first use. `failures.ts` and `causes.ts` say what went wrong,
 * `replicas.ts`, `health.ts` and `server-facts.ts` what is known of the servers.
 */

import { OutageLog } from '../../outage-log';
import { enter, type Access } from './access';
import { diagnoseCluster } from './cluster-diagnosis';
import { accessTo, clientOptions, createClient, isTls } from './create-client';
import { ConnectionKeeper } from './connection-keeper';
import type { Keys } from '../commands/keys';
import { DeadlineClient } from './deadline-client';
import { redisOutage, type RedisStoreContext, type RedisStoreOptions } from './options';
import { Replicas } from './replicas';
import { checkServer } from './server-check';

export interface ConnectionsParts {
  readonly options: RedisStoreOptions;
  readonly context: RedisStoreContext;
  readonly keys: Keys;
  readonly partitions: number;
}

const defaults = { intakeDeadlineMs: 250, deadlineMs: 5_000, openTimeoutMs: 3_000 };
/** Above the longest time that a busy event loop may stand still. */
const silenceMs = { work: 10_000, intake: 8_000 };

/** The two links of a store, one to write what must be durable and one for the rest, and what is known of the replicas behind them. */
export class Connections {
  readonly intake: DeadlineClient;
  readonly work: DeadlineClient;
  readonly replicas: Replicas;
  readonly #outages: OutageLog;
  readonly #connections: readonly ConnectionKeeper[];
  readonly #parts: ConnectionsParts;

  private constructor(parts: ConnectionsParts) {
    this.#parts = parts;

    const { options, context, keys, partitions } = parts;
    const outages = context.outages ?? new OutageLog(redisOutage(context.logger));
    this.#outages = outages;
    this.intake = this.#redis(silenceMs.intake, options.intakeDeadlineMs ?? defaults.intakeDeadlineMs);
    this.work = this.#redis(silenceMs.work, options.deadlineMs ?? defaults.deadlineMs);
    this.replicas = new Replicas(this.intake);
    const access = accessTo(options.topology);
    const connection = (redis: DeadlineClient, name: string, check: () => Promise<void>): ConnectionKeeper =>
      new ConnectionKeeper({
        redis,
        name,
        outages,
        tls: isTls(options.topology),
        diagnose: () => diagnoseCluster(clientOptions(options, context, silenceMs.intake)),
        check: async () => {
          await enterAll(redis, access);
          await check();
        },
      });
    this.#connections = [
      connection(this.intake, 'intake', () => this.replicas.refresh()),
      connection(this.work, 'work', () => checkServer({ redis: this.work, keys, partitions })),
    ];
  }

  /** Resolves when Redis is reached, or is not in time. Rejects with StoreConfigurationError. */
  static async open(parts: ConnectionsParts): Promise<Connections> {
    const opened = new Connections(parts);
    const timeoutMs = parts.options.openTimeoutMs ?? defaults.openTimeoutMs;
    try {
      await Promise.all(opened.#connections.map((connection) => connection.open(timeoutMs)));
    } catch (error) {
      opened.close();
      throw error;
    }
    opened.replicas.start();
    return opened;
  }

  /** Why Redis is not reached; null: no reason is known. */
  get problem(): string | null {
    return this.#connections.map(({ problem }) => problem).find((problem) => problem !== null) ?? null;
  }

  close(): void {
    this.replicas.stop();
    for (const connection of this.#connections) connection.close();
    this.#outages.close();
  }

  #redis(silence: number, deadlineMs: number): DeadlineClient {
    const { options, context } = this.#parts;
    return new DeadlineClient(createClient(clientOptions(options, context, silence)), {
      deadlineMs,
      onRefused: (reason) => this.#outages.refused(reason),
    });
  }
}

/** On every master that is known: ioredis makes their connections. */
async function enterAll(redis: DeadlineClient, access: Access): Promise<void> {
  await Promise.all(
    redis.masters().map((master) => enter((name, args) => redis.callOn(master, name, args), access)),
  );
}
