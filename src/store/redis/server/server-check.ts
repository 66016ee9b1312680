import { configurationError } from './access';
import { causeOf } from './causes';
import { isRefused } from './failures';
import { prepareScript } from '../inbox/inbox-scripts';
import type { Keys } from '../commands/keys';
import { nameOf, type DeadlineClient } from './deadline-client';
import type { Script } from '../commands/script';

const oldest: readonly [number, number] = [6, 2];
/** A consumer that nothing was heard of for so long belongs to a process that is gone. */
const goneAfterMs = 3_600_000;

export interface ServerCheckParts {
  readonly redis: DeadlineClient;
  readonly keys: Keys;
  readonly partitions: number;
}

/**
 * Makes sure that the server can hold the store, and makes the consumer groups. Rejects with StoreConfigurationError where only
 * a changed configuration helps, with what is wrong.
 */
export async function checkServer(parts: ServerCheckParts): Promise<void> {
  const { redis } = parts;
  try {
    await Promise.all(
      redis.masters().map(async (master) => {
        const info = (await redis.infoOn(master, ['server'])) ?? '';
        checkInfo(info, redis.isCluster ? nameOf(master) : null);
      }),
    );
    for (let partition = 0; partition < parts.partitions; partition++)
      await runAnyway(redis, prepareScript, parts.keys.partition(partition), [String(goneAfterMs)]);
  } catch (error) {
    throw isRefused(error) ? configurationError(causeOf(error).text, error) : error;
  }
}

/** Not with `DeadlineClient.run`: it is not open before it is checked. */
async function runAnyway(
  redis: DeadlineClient,
  script: Script,
  key: string,
  args: readonly string[],
): Promise<void> {
  const master = redis.masterOf(key);
  if (master === null) throw new Error('the cluster has no master for a key');
  await redis.callOn(master, 'EVAL', [script.source, ...redis.keysOf(key), ...args]);
}

function checkInfo(info: string, node: string | null): void {
  const version = /^redis_version:(\d+)\.(\d+)/m.exec(info);
  if (version !== null) {
    const [major, minor] = [Number(version[1]), Number(version[2])];
    if (major < oldest[0] || (major === oldest[0] && minor < oldest[1]))
      throw configurationError(`Redis ${major}.${minor} is too old: ${oldest.join('.')} or newer is needed`);
  }
  if (node === null && /^(redis|server)_mode:cluster/m.test(info))
    throw configurationError(
      'this Redis is part of a cluster. List at least two of its addresses, comma-separated; list a single configuration endpoint twice.',
    );
}
