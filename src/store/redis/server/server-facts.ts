import type { Random } from '../../../domain/clock';
import { accessTo, createServerClient } from './create-client';
import { enterAlone } from './access';
import type { RedisTopology } from './options';
import { parseServerUrl } from './server-address';

export interface ServerFacts {
  /** As INFO reports it, e.g. `7.2.4`; null: INFO is not permitted. */
  readonly version: string | null;
  readonly database: number;
  /** Of each of 20 PINGs, one after the other. */
  readonly roundTripsMs: readonly number[];
}

/** Of the server, or of the first node of the cluster. Rejects with the client's error, or with StoreConfigurationError. */
export async function readServerFacts(
  topology: RedisTopology,
  { random, monotonicMs }: { readonly random: Random; readonly monotonicMs: () => number },
): Promise<ServerFacts> {
  const node = topology.kind === 'cluster' ? parseServerUrl(topology.urls[0] ?? '') : null;
  const client = createServerClient(
    { topology, tlsCa: undefined, random, silenceMs: 5_000 },
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
