import type { Config } from '../../config/config';
import { silentLogger } from '../../domain/logger';
import { StoreConfigurationError } from '../../store/ports/errors';
import type { StoreFinding } from '../../store/ports/store';
import { openStore, toRedisAddress } from '../open-store';
import { Findings, type Finding } from './finding';
import type { DoctorOptions } from './options';

/** The webhook is answered when Redis has it: webhook.store_deadline_ms is 250 ms by default. */
const slowMs = 20;

/** Redis: whether it can be used, keeps what it takes, and answers fast. */
export async function checkRedis(options: DoctorOptions): Promise<readonly Finding[]> {
  const { config } = options;
  const findings = new Findings('redis');
  if (config.store.kind !== 'redis')
    return findings.skipped('', 'The store is embedded: there is no Redis.').all;
  try {
    const found = await health(options);
    const away = found.find(({ severity }) => severity === 'unavailable');
    if (away !== undefined)
      return findings.failed(
        '',
        `${capitalized(away.detail)}.`,
        'Start Redis, or correct redis.url (REDIS_URL), as the line reports. Webhooks go to the journal meanwhile.',
      ).all;
    await readFacts(findings, config.store, options);
    for (const { name, detail } of found)
      findings.warning(
        name.replace(/^redis\.?/, ''),
        `${capitalized(detail)}.`,
        'Change the setting that the line names. docs/redis.md explains each.',
      );
    if (found.length === 0)
      findings.ok('settings', 'It keeps what it takes: persistence, eviction and replicas are fine.');
  } catch (error) {
    if (!(error instanceof StoreConfigurationError)) throw error;
    findings.failed('', error.message, 'Correct redis.url (REDIS_URL) or the server, as the line reports.');
  }
  return findings.all;
}

async function readFacts(
  findings: Findings,
  store: Extract<Config['store'], { kind: 'redis' }>,
  { random, clock }: DoctorOptions,
): Promise<void> {
  // Its client takes megabytes, for nothing where the store is embedded.
  const { readServerFacts } = await import('../../store/redis/server/server-facts.js');
  const facts = await readServerFacts(toRedisAddress(store.topology), {
    random,
    monotonicMs: () => clock.monotonicMs(),
  });
  if (facts === null) {
    findings.warning('latency', 'It stopped answering during the check.', 'Run doctor again.');
    return;
  }
  const { version, database, roundTripsMs } = facts;
  findings.ok(
    'version',
    `${version ?? 'Unknown, because INFO is not permitted'}, database ${String(database)}.`,
  );
  const sorted = roundTripsMs.toSorted((one, other) => one - other);
  const medianMs = sorted[Math.floor(sorted.length / 2)] ?? 0;
  const shown = `A round trip takes ${medianMs.toFixed(1)} ms (median), ${(sorted.at(-1) ?? 0).toFixed(1)} ms at most.`;
  if (medianMs > slowMs)
    findings.warning(
      'latency',
      shown,
      'Run Redis in the same network zone as the relay. A slow Redis delays each push, and webhooks go to the journal.',
    );
  else findings.ok('latency', shown);
}

async function health({ config, clock, random }: DoctorOptions): Promise<readonly StoreFinding[]> {
  const store = await openStore(config, { logger: silentLogger, clock, random, journalEvents: null });
  try {
    return await store.health();
  } finally {
    await store.close();
  }
}

function capitalized(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
