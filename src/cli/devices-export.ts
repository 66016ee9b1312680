import { existsSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { providerNames } from '../domain/provider-table';
import type { Config } from '../config/config';
import type { UnreadDevice } from '../store/ports/devices';
import type { Store } from '../store/ports/store';
import type { CliContext, CliIo, ExitCode } from './cli-io';
import { deviceLine, endLine, headerLine } from './devices/device-line';
import { personLine } from './devices/person-line';
import { Progress } from './devices/progress';
import { withStore } from './devices/with-store';
import { untilAborted } from './until-aborted';

interface ExportOptions {
  readonly config?: string;
  readonly file?: string;
}

export function addDevicesExport(devices: Command, { io, finish }: CliContext): void {
  devices
    .command('export')
    .description(
      'Write all devices of the configured store, with unmasked tokens, names, preferences, mutes and badges, as lines of JSON.',
    )
    .option('-c, --config <file>', 'YAML file (default: RELAY_CONFIG, else the environment alone)')
    .option(
      '-f, --file <file>',
      'write to this new file, readable by its owner only (default: standard output)',
    )
    .addHelpText('after', examples)
    .action(async ({ config, file }: ExportOptions) => {
      const target = file === undefined ? null : resolve(io.cwd, file);
      if (target !== null && existsSync(target)) {
        io.stderr.write(`--file ${target} exists already. Choose another name, or remove the file.\n`);
        finish(2);
        return;
      }
      const command = { configPath: config ?? null, name: 'devices export', needsData: true };
      finish(await withStore(command, io, (store, read) => exportDevices(store, read, target, io)));
    });
}

const examples = `
Works on the store itself: the embedded one while no relay runs on it, Redis at any time. The output contains device
tokens: keep it secret.

Examples:
  $ wukongim-push-relay devices export --file devices.ndjson
  $ wukongim-push-relay devices export | ssh other wukongim-push-relay devices import
  $ wukongim-push-relay devices export | gpg --encrypt --recipient ops > devices.ndjson.gpg

Exit codes: 0 all devices are written, 1 the store or the disk failed or devices were skipped, 2 the configuration is wrong or the store is in use.`;

const pageDevices = 1_000;

interface Sink {
  /** Resolves once there is room for more: what waits for a slow disk or reader stays in the store. */
  write(text: string): Promise<void>;
  /** All is written. */
  finish(): Promise<void>;
  /** It is not, and never will be. */
  abandon(): Promise<void>;
}

async function exportDevices(
  store: Store,
  config: Config,
  target: string | null,
  io: CliIo,
): Promise<ExitCode> {
  const { devices } = store;
  const total = await countDevices(devices, config);
  const progress = new Progress(io.stderr);
  progress.setTotal(total);
  let sink: Sink | null = null;
  try {
    sink = target === null ? toOutput(io) : await toFile(target);
    const count = await writeLines(store, sink, total, io, (done) => progress.update(done));
    progress.stop();
    if (count === null) {
      await sink.abandon();
      io.stderr.write('stopped: the export is incomplete\n');
      return 1;
    }
    await sink.finish();
    io.stderr.write(`${String(count.devices)} devices exported\n`);
    if (count.people > 0)
      io.stderr.write(`${String(count.people)} names, preferences, mutes and badges exported\n`);
    return sayLeftOut(devices.unread(), io);
  } catch (error) {
    progress.stop();
    await sink?.abandon();
    if (!isSystemError(error)) throw error;
    io.stderr.write(`${target ?? 'the export'} cannot be written: ${error.code ?? error.message}\n`);
    return 1;
  }
}

/** Their rows stay in the store: the version of the relay that registered them can export them. */
function sayLeftOut(unread: readonly UnreadDevice[], io: CliIo): ExitCode {
  if (unread.length === 0) return 0;
  for (const { uid, deviceId, provider } of unread)
    io.stderr.write(
      `left out: ${uid}/${deviceId}, whose provider, platform or lane this version does not know (${provider})\n`,
    );
  return 1;
}

/** Resolves with how many there were, or null when it was stopped. */
async function writeLines(
  { devices, personRecords }: Store,
  sink: Sink,
  total: number,
  io: CliIo,
  done: (count: number) => void,
): Promise<{ readonly devices: number; readonly people: number } | null> {
  await sink.write(`${headerLine(total, io.clock.now())}\n`);
  let count = 0;
  let cursor: string | null = null;
  do {
    const page = await devices.scan(pageDevices, cursor);
    if (io.stopSignal.aborted) return null;
    await sink.write(page.items.map((device) => `${deviceLine(device)}\n`).join(''));
    count += page.items.length;
    done(count);
    cursor = page.nextCursor;
  } while (cursor !== null);
  let people = 0;
  for await (const page of personRecords.scan()) {
    if (io.stopSignal.aborted) return null;
    await sink.write(page.map((record) => `${personLine(record)}\n`).join(''));
    people += page.length;
  }
  await sink.write(`${endLine(count + people)}\n`);
  return { devices: count, people };
}

/** Of the configured apps, for the bar; devices of an app that is configured no more come on top. */
async function countDevices(devices: Store['devices'], { apps }: Config): Promise<number> {
  const counts = await Promise.all(
    apps.flatMap(({ name }) => providerNames.map((provider) => devices.count(name, provider))),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

function toOutput(io: CliIo): Sink {
  // Whoever ends the export does not wait for its reader.
  const stopped = untilAborted(io.stopSignal);
  return {
    write: async (text) => {
      io.stdout.write(text);
      await Promise.race([io.stdout.taken(), stopped]);
    },
    finish: () => Promise.resolve(),
    abandon: () => Promise.resolve(),
  };
}

/** Under another name until it is whole, so that half an export is never taken for one. */
async function toFile(target: string): Promise<Sink> {
  const part = `${target}.part`;
  await rm(part, { force: true });
  const file = await open(part, 'wx', 0o600);
  return {
    write: (text) => file.appendFile(text),
    finish: async () => {
      await file.sync();
      await file.close();
      await rename(part, target);
    },
    abandon: async () => {
      await file.close();
      await rm(part, { force: true });
    },
  };
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}
