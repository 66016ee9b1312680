import { createReadStream, existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { ConfiguredApp } from '../api/services';
import type { Config } from '../config/config';
import { StoreUnavailableError } from '../store/ports/errors';
import type { Store } from '../store/ports/store';
import type { CliContext, CliIo, ExitCode } from './cli-io';
import { DeviceImport } from './devices/device-import';
import { ImportRun } from './devices/import-run';
import { Progress } from './devices/progress';
import { withStore } from './devices/with-store';

interface ImportOptions {
  readonly config?: string;
  readonly file?: string;
}

export function addDevicesImport(devices: Command, { io, finish }: CliContext): void {
  devices
    .command('import')
    .description('Put exported devices into the configured store.')
    .option('-c, --config <file>', 'YAML file (default: RELAY_CONFIG, else the environment alone)')
    .option('-f, --file <file>', 'read this file (default: standard input)')
    .addHelpText('after', EXAMPLES)
    .action(async ({ config, file }: ImportOptions) => {
      const source = file === undefined ? null : resolve(io.cwd, file);
      if (source !== null && !existsSync(source)) {
        io.stderr.write(`there is no file ${source}\n`);
        finish(2);
        return;
      }
      const command = { configPath: config ?? null, name: 'devices import', needsData: false };
      finish(await withStore(command, io, (store, read) => importDevices(store, read, source, io)));
    });
}

const EXAMPLES = `
Works on the store itself: the embedded one while no relay runs on it, Redis at any time. The later registration wins: a
device that is there already stays unless the line was registered after it, and so does a token's owner. So an import that
was cut off is simply run again.

Examples:
  $ wukongim-push-relay devices import --file devices.ndjson
  $ DATA_DIR=./data wukongim-push-relay devices export | REDIS_URL=redis://r wukongim-push-relay devices import

Exit codes: 0 all lines are taken or were not needed, 1 some are wrong (the others are imported) or the store failed, 2 the
configuration is wrong or the store in use.`;

async function importDevices(
  { devices }: Store,
  config: Config,
  source: string | null,
  io: CliIo,
): Promise<ExitCode> {
  const say = (text: string): void => io.stderr.write(`${text}\n`);
  const progress = new Progress(io.stderr);
  const run = new ImportRun(new DeviceImport(devices, { devicesPerUser: config.devices.maxPerUid }), {
    apps: config.apps.map(configuredApp),
    clock: io.clock,
    stopSignal: io.stopSignal,
    progress,
    say,
  });
  let failure: string | null = null;
  try {
    await run.read(source === null ? io.stdin : createReadStream(source));
  } catch (error) {
    failure = failureText(error, source);
    if (failure === null) throw error;
  } finally {
    progress.stop();
  }
  if (failure !== null) say(failure);
  io.stdout.write(`${run.summary()}\n`);
  return failure === null && run.isClean ? 0 : 1;
}

/** Null: a fault of ours. */
function failureText(error: unknown, source: string | null): string | null {
  if (error instanceof StoreUnavailableError)
    return `the store cannot answer: ${error.message}; run it again to go on`;
  if (error instanceof Error && 'syscall' in error)
    return `${source ?? 'standard input'} cannot be read: ${error.message}`;
  return null;
}

function configuredApp({ name, apns, fcm }: Config['apps'][number]): ConfiguredApp {
  const environments = (['production', 'sandbox'] as const).filter(
    (environment) => (apns?.[environment] ?? null) !== null,
  );
  return {
    name,
    providers: [
      ...(apns === null ? [] : [{ provider: 'apns' as const, environments }]),
      ...(fcm === null ? [] : [{ provider: 'fcm' as const, environments: ['production' as const] }]),
    ],
  };
}
