import { Command } from 'ioredis';
import type { StoreConfigurationError } from '../../ports/errors';
import { configurationError } from './access';
import { createServerClient, type ClientOptions } from './create-client';
import { parseServerUrl } from './server-address';

/**
 * Asks one of a cluster's addresses why nobody can join it: ioredis passes over nodes without an address, and then has none. Null
 * where the answer names addresses, or none comes.
 */
export async function diagnoseCluster(options: ClientOptions): Promise<StoreConfigurationError | null> {
  const { topology } = options;
  if (topology.kind !== 'cluster') return null;
  for (const url of topology.urls) {
    const { host, port } = parseServerUrl(url);
    const client = createServerClient(options, { host, port });
    client.on('error', () => {});
    try {
      await client.connect();
      const reply = await client.sendCommand(new Command('CLUSTER', ['SLOTS'], { replyEncoding: 'utf8' }));
      return hasNoAddress(reply) ? noAddresses() : null;
    } catch (error) {
      if (error instanceof Error && /cluster support disabled/i.test(error.message))
        return configurationError(
          'several URLs mean a cluster, and this Redis is not part of one. Give one URL, or redis.sentinels.',
          error,
        );
    } finally {
      client.disconnect();
    }
  }
  return null;
}

/** A slot range is `[first, last, master, …replicas]`, a node `[host, port, …]`. */
function hasNoAddress(reply: unknown): boolean {
  if (!Array.isArray(reply)) return false;
  return reply.some((range: unknown) => {
    const master: unknown = Array.isArray(range) ? range[2] : undefined;
    const host: unknown = Array.isArray(master) ? master[0] : undefined;
    return master !== undefined && (host === null || host === '' || host === '?');
  });
}

function noAddresses(): StoreConfigurationError {
  return configurationError(
    'this cluster announces no addresses of its nodes. Set cluster-preferred-endpoint-type ip there, or hostname with a cluster-announce-hostname on each node.',
  );
}
