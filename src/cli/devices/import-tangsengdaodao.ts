import { appOf } from '../../compose/tangsengdaodao';
import { configuredApps } from '../../compose/configured-apps';
import type { Config } from '../../config/config';
import { systemRandom } from '../../domain/clock';
import { shortText } from '../../domain/short-text';
import { StoreUnavailableError } from '../../store/ports/errors';
import type { Store } from '../../store/ports/store';
import type { CliIo, ExitCode } from '../cli-io';
import { DeviceImport } from './device-import';
import { Progress } from './progress';
import { TangsengdaodaoImport } from './tangsengdaodao-import';
import { connectToRows, countRows, rowPages, RowsUnavailableError } from './tangsengdaodao-rows';

const silenceMs = 10_000;

/** `redisUrl` as `readRedisServer` takes it. */
export async function importTangsengdaodao(
  store: Store,
  config: Config,
  {
    redisUrl,
    isDryRun,
    isJson,
  }: { readonly redisUrl: string; readonly isDryRun: boolean; readonly isJson: boolean },
  io: CliIo,
): Promise<ExitCode> {
  const say = (text: string): void => io.stderr.write(`${text}\n`);
  const { createServerClient } = await import('../../store/redis/server/create-client.js');
  const topology = { kind: 'single', url: redisUrl } as const;
  const redis = createServerClient({ topology, random: systemRandom, silenceMs }, null);
  let lastError: string | null = null;
  redis.on('error', (error: Error) => (lastError = error.message));
  const progress = new Progress(io.stderr);
  const devicesPerUser = config.devices.maxPerUid;
  const run = new TangsengdaodaoImport(
    new DeviceImport(store, { devicesPerUser, isDryRun, leavesContested: true }),
    {
      apps: configuredApps(config),
      appOf: (provider, bundleId) => appOf(config, provider, bundleId),
      nowMs: datedBack(config, io),
      isDryRun,
      stopSignal: io.stopSignal,
      progress,
      say,
    },
  );
  let failure: string | null = null;
  try {
    await connectToRows(redis);
    progress.setTotal(await countRows(redis, io.stopSignal));
    await run.read(rowPages(redis));
  } catch (error) {
    if (error instanceof StoreUnavailableError) failure = `the store cannot answer: ${error.message}`;
    else if (error instanceof RowsUnavailableError)
      failure = `the Redis of TangSengDaoDao cannot be read: ${shortText(lastError ?? error.message)}`;
    else throw error;
  } finally {
    progress.stop();
    redis.disconnect();
  }
  if (failure !== null) say(`${failure}; run it again to continue`);
  io.stdout.write(isJson ? `${JSON.stringify(run.report(), null, 2)}\n` : run.summary());
  return failure === null && run.isClean ? 0 : 1;
}

/**
 * Half of the life of a device without a sign: what an app registers at the relay is newer, a later import is newer than this one, and
 * APNs' report of an app that was removed some time ago counts.
 */
function datedBack({ devices }: Config, { clock }: CliIo): number {
  return clock.now() - Math.floor(devices.expireAfterMs / 2);
}
