import type { Redis } from 'ioredis';
import { shortText } from '../../../domain/short-text';
import type { StoreFinding } from '../../ports/store';
import { causeOf } from './causes';
import type { DeadlineClient } from './deadline-client';
import type { Replicas } from './replicas';

type Fields = ReadonlyMap<string, string>;

const nearlyFull = 0.9;

/** What Redis' own settings may cost: each finding says what to set. */
export class Health {
  readonly #redis: DeadlineClient;
  readonly #replicas: Replicas;
  readonly #problem: () => string | null;

  constructor(
    redis: DeadlineClient,
    replicas: Replicas,
    /** Why the store is not open; null: no reason is known. */
    problem: () => string | null,
  ) {
    this.#redis = redis;
    this.#replicas = replicas;
    this.#problem = problem;
  }

  async findings(): Promise<StoreFinding[]> {
    if (!this.#redis.isOpen) return [away(this.#problem() ?? 'Redis cannot be reached')];
    try {
      const found = await Promise.all(this.#redis.masters().map((master) => this.#of(master)));
      return distinct(found.flat());
    } catch (error) {
      return [away(causeOf(error).text)];
    }
  }

  async #of(master: Redis): Promise<StoreFinding[]> {
    const findings: StoreFinding[] = [];
    const at = this.#redis.isCluster ? ' (on a node of the cluster)' : '';
    const degraded = (name: string, detail: string): void =>
      void findings.push({ name: `redis.${name}`, severity: 'degraded', detail: detail + at });
    const info = await this.#info(master);
    if (info === null)
      degraded(
        'info',
        'INFO is not permitted, so neither what Redis keeps nor its replicas are known; allow +info to its user',
      );
    else readInfo(info, degraded);
    const fsync = await this.#setting(master, 'appendfsync');
    const onRewrite = await this.#setting(master, 'no-appendfsync-on-rewrite');
    const minimum = await this.#setting(master, 'min-replicas-to-write');
    if (fsync === null || minimum === null)
      degraded(
        'config',
        'CONFIG GET is not permitted, so how often Redis flushes is not known; allow +config|get to its user',
      );
    if (fsync === 'no')
      degraded(
        'appendfsync',
        'a crash of its machine loses what is not flushed; set appendfsync everysec, or always',
      );
    if (onRewrite === 'yes' && info?.get('aof_enabled') === '1')
      degraded(
        'no-appendfsync-on-rewrite',
        'nothing is flushed while the append-only file is rewritten; set no-appendfsync-on-rewrite no',
      );
    const good = info?.get('min_slaves_good_slaves');
    if (good !== undefined && Number(good) < Number(minimum ?? 0))
      degraded(
        'min-replicas',
        `Redis refuses writes: ${Number(good)} of ${Number(minimum)} replicas are there (min-replicas-to-write)`,
      );
    if (this.#replicas.of(master) === 'missing')
      degraded('replicas', 'the master has lost its replicas: what it takes now stands on one machine');
    return findings;
  }

  async #setting(master: Redis, name: string): Promise<string | null> {
    const reply = await this.#redis.askOn(master, 'CONFIG', ['GET', name]);
    return (reply as string[] | null)?.[1] ?? null;
  }

  async #info(master: Redis): Promise<Fields | null> {
    const text = await this.#redis.infoOn(master, []);
    if (text === null) return null;
    const lines = text.split('\r\n').filter((line) => line.includes(':'));
    return new Map(
      lines.map((line): [string, string] => [
        line.slice(0, line.indexOf(':')),
        line.slice(line.indexOf(':') + 1),
      ]),
    );
  }
}

function readInfo(info: Fields, degraded: (name: string, detail: string) => void): void {
  const maxMemory = Number(info.get('maxmemory') ?? 0);
  const policy = info.get('maxmemory_policy') ?? 'noeviction';
  if (maxMemory > 0 && policy !== 'noeviction')
    degraded(
      'maxmemory-policy',
      `Redis may drop messages to make room (${shortText(policy, 40)}); set maxmemory-policy noeviction`,
    );
  if (maxMemory > 0 && Number(info.get('used_memory') ?? 0) > maxMemory * nearlyFull)
    degraded('maxmemory', 'Redis is nearly full and will soon refuse writes; raise maxmemory');
  if (info.get('aof_enabled') === '0')
    degraded(
      'appendonly',
      'a restart of Redis loses what it took since its last snapshot; set appendonly yes',
    );
  if (info.get('aof_last_write_status') === 'err')
    degraded('append-only file', 'Redis cannot write its append-only file; look at its disk');
}

function away(detail: string): StoreFinding {
  return { name: 'redis', severity: 'unavailable', detail };
}

function distinct(findings: readonly StoreFinding[]): StoreFinding[] {
  return [...new Map(findings.map((finding) => [finding.name + finding.detail, finding])).values()];
}
