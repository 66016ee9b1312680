import type { Random } from '../../../domain/clock';
import { accessTo, createServerClient } from './create-client';
import { enterAlone } from './access';
import type { RedisTopology } from './options';
import { parseServerUrl, type ServerAddress } from './server-address';

export interface ServerFacts {
  /** As INFO reports it, e.g. `7.2.4`; null: INFO is not permitted. */
  readonly version: string | null;
  readonly database: number;
  /** Of each of 20 PINGs, one after the other. */
  readonly roundTripsMs: readonly number[];
}

export interface FactsContext {
  readonly random: Random;
  readonly monotonicMs: () => number;
}

/** Of the server, or of the first node of the cluster that answers; null: none does. */
export async function readServerFacts(
  topology: RedisTopology,
  context: FactsContext,
): Promise<ServerFacts | null> {
  const nodes = topology.kind === 'cluster' ? topology.urls.map((url) => parseServerUrl(url)) : [null];
  for (const node of nodes) {
    const facts = await readFactsOf(node, topology, context).catch(() => null);
    if (facts !== null) return facts;
  }
  return null;
}

async function readFactsOf(
  node: ServerAddress | null,
  topology: RedisTopology,
  { random, monotonicMs }: FactsContext,
): Promise<ServerFacts> {
  const client = createServerClient(
    { topology, random, silenceMs: 5_000 },
    node === null ? null : { host: node.host, port: node.port },
  );
  client.on('error', () => {});
  try {
    await client.connect();
    const access = accessTo(topology);
    await enterAlone(client, access);
    const info = await client.info('server').catch(() => '');
    const roundTripsMs: number[] = [];
    for (let count = 0; count < 20; count++) {
      const startedAtMs = monotonicMs();
      await client.ping();
      roundTripsMs.push(monotonicMs() - startedAtMs);
    }
    return {
      version: /^(?:valkey|redis)_version:(\S+)/m.exec(info)?.[1] ?? null,
      database: access.db,
      roundTripsMs,
    };
  } finally {
    client.disconnect();
  }
}
