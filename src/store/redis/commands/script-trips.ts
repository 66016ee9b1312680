import type { DeadlineClient } from '../server/deadline-client';
import { joined } from './joined';
import type { Script } from './script';

const listsATrip = 1_000;

/**
 * Runs a script on lists of arguments, which each begin with a key, and resolves with its answers behind each other. One server takes
 * up to `most` lists in a trip; a cluster takes each by itself, all in the same trip.
 */
export async function runTrips<Answer>(
  redis: DeadlineClient,
  script: Script,
  lists: readonly (readonly string[])[],
  most = listsATrip,
): Promise<Answer[]> {
  const trips = chunks(lists, redis.isCluster ? 1 : most).map(async (some) => {
    const args = joined(some);
    return (await redis.run(script, args[0] ?? '', args, 'utf8')) as Answer[];
  });
  return joined(await Promise.all(trips));
}

export function chunks<T>(items: readonly T[], size: number): T[][] {
  const result: T[][] = [];
  for (let from = 0; from < items.length; from += size) result.push(items.slice(from, from + size));
  return result;
}
