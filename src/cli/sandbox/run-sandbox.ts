import { join } from 'node:path';
import { providerNames } from '../../domain/provider-table';
import { listenFault } from '../../http/listen-fault';
import { FakeMaker } from '../../sandbox/makers/fake-maker';
import { makerNames } from '../../sandbox/makers/start-makers';
import { startSandbox, type Sandbox, type SandboxOptions } from '../../sandbox/sandbox';
import { untilAborted } from '../until-aborted';
import type { CliIo, ExitCode } from '../cli-io';
import { CredentialFolder } from './credential-folder';
import { JsonReport, TextReport, type SandboxReport } from './report';

export interface SandboxCommandOptions {
  readonly host: string;
  readonly apnsPort?: number;
  readonly apnsSandboxPort?: number;
  readonly fcmPort?: number;
  /** The first of those of the makers and of Web Push. */
  readonly makerPorts?: number;
  readonly controlPort?: number;
  readonly topic: string;
  readonly dir?: string;
  readonly quiet?: true;
  readonly json?: true;
}

/** Runs until the process is asked to stop. */
export async function runSandbox(options: SandboxCommandOptions, io: CliIo): Promise<ExitCode> {
  try {
    const folder = await CredentialFolder.open(options.dir ?? null, io.cwd);
    try {
      return await run(options, folder, io);
    } finally {
      await folder.close();
    }
  } catch (error) {
    const text = systemFault(error, options);
    if (text === null) throw error;
    io.stderr.write(`${text}\n`);
    return 2;
  }
}

async function run(options: SandboxCommandOptions, folder: CredentialFolder, io: CliIo): Promise<ExitCode> {
  const { host, topic, apnsPort, apnsSandboxPort, fcmPort, makerPorts, controlPort } = options;
  const identity = (await folder.readIdentity(topic)) ?? undefined;
  const sandbox = await startSandbox({
    host,
    topic,
    apnsPort,
    apnsSandboxPort,
    fcmPort,
    ...portsFrom(makerPorts),
    controlPort,
    identity,
    clock: io.clock,
  });
  try {
    const environment = await folder.write(sandbox);
    const report = options.json === true ? new JsonReport(io) : new TextReport(io);
    if (options.quiet !== true) tellPushes(sandbox, report);
    const { controlUrl } = sandbox;
    report.started({ environment, environmentFile: join(folder.path, 'relay.env'), controlUrl });
    await untilAborted(io.stopSignal);
    report.stopped(new Map(providerNames.map((name) => [name, sandbox[name].counts.accepted])));
    return 0;
  } finally {
    await sandbox.close();
  }
}

function portsFrom(first: number | undefined): Pick<SandboxOptions, 'makerPorts' | 'webPushPort'> {
  if (first === undefined || first === 0) return {};
  const makerPorts = Object.fromEntries(makerNames.map((name, index) => [name, first + index]));
  return { makerPorts, webPushPort: first + makerNames.length };
}

function tellPushes(sandbox: Sandbox, report: SandboxReport): void {
  const { apns, fcm, webpush } = sandbox;
  apns.onAccepted(({ token, payload, environment, pushType }) =>
    report.accepted({ provider: 'apns', token, message: payload, environment, pushType }),
  );
  fcm.onAccepted(({ token, message }) =>
    report.accepted({ provider: 'fcm', token, message: { ...message, token: undefined } }),
  );
  webpush.onAccepted(({ token, text }) => report.accepted({ provider: 'webpush', token, message: text }));
  for (const provider of providerNames) {
    const fake = sandbox[provider];
    if (fake instanceof FakeMaker)
      fake.onAccepted(({ token, message }) => report.accepted({ provider, token, message }));
    fake.onRejected((rejected) => report.refused({ provider, ...rejected }));
  }
}

/** What the caller can mend: ports, addresses, the folder. Null: a fault of ours. */
function systemFault(error: unknown, { host }: SandboxCommandOptions): string | null {
  if (error instanceof SyntaxError)
    return '--dir: identity.json is not of a sandbox; remove it for fresh keys';
  if (!(error instanceof Error) || !('syscall' in error)) return null;
  const listening = listenFault(error, host);
  if (listening !== null) return `--host and the port options: ${listening}`;
  const { code = '', path } = error as NodeJS.ErrnoException;
  return path === undefined
    ? error.message
    : `--dir: ${path} cannot be made or used (${code}); name another folder`;
}
