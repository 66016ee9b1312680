import { providerNames, providerTable } from '../../domain/provider-table';
import { FakeMaker } from '../../sandbox/makers/fake-maker';
import { maskToken } from '../../shared/mask';
import { startSandbox, type Sandbox } from '../../sandbox/sandbox';
import { untilAborted } from '../until-aborted';
import type { CliIo, ExitCode } from '../cli-io';
import { CredentialFolder } from './credential-folder';

export interface SandboxCommandOptions {
  readonly host: string;
  readonly apnsPort?: number;
  readonly apnsSandboxPort?: number;
  readonly fcmPort?: number;
  readonly controlPort?: number;
  readonly topic: string;
  readonly dir?: string;
  readonly quiet?: true;
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
    const text = systemFault(error);
    if (text === null) throw error;
    io.stderr.write(`${text}\n`);
    return 2;
  }
}

async function run(options: SandboxCommandOptions, folder: CredentialFolder, io: CliIo): Promise<ExitCode> {
  const { host, topic, apnsPort, apnsSandboxPort, fcmPort, controlPort } = options;
  const identity = (await folder.readIdentity(topic)) ?? undefined;
  const sandbox = await startSandbox({
    host,
    topic,
    apnsPort,
    apnsSandboxPort,
    fcmPort,
    controlPort,
    identity,
    clock: io.clock,
  });
  try {
    const environment = await folder.write(sandbox);
    if (options.quiet !== true) printPushes(sandbox, io);
    const control = sandbox.controlUrl === null ? '' : `\nThe control plane is at ${sandbox.controlUrl}.\n`;
    io.stdout.write(
      `The sandbox runs. The environment of a relay that pushes to it, also in ${folder.path}/relay.env:\n\n${environment}${control}\n`,
    );
    await untilAborted(io.stopSignal);
    const accepted = fakesOf(sandbox).map(([title, { counts }]) => `${String(counts.accepted)} by ${title}`);
    io.stdout.write(`Accepted: ${accepted.join(', ')}.\n`);
    return 0;
  } finally {
    await sandbox.close();
  }
}

/** With the names by which people know them. */
function fakesOf(sandbox: Sandbox) {
  return providerNames.map((name) => [providerTable[name].title, sandbox[name]] as const);
}

function printPushes(sandbox: Sandbox, io: CliIo): void {
  const { apns, fcm, webpush } = sandbox;
  const print = (words: readonly string[]) => {
    io.stdout.write(`${words.join(' ').replaceAll(/\p{Cc}/gu, '·')}\n`);
  };
  apns.onAccepted((push) => {
    print([
      'APNs accepted',
      push.environment,
      push.pushType,
      maskToken(push.token),
      JSON.stringify(push.payload),
    ]);
  });
  fcm.onAccepted((push) => {
    print(['FCM accepted', maskToken(push.token), JSON.stringify({ ...push.message, token: undefined })]);
  });
  webpush.onAccepted((push) => print(['Web Push accepted', maskToken(push.token), push.text]));
  for (const [name, fake] of fakesOf(sandbox)) {
    if (fake instanceof FakeMaker)
      fake.onAccepted((push) =>
        print([name, 'accepted', maskToken(push.token), JSON.stringify(push.message)]),
      );
    fake.onRejected(({ token, status, reason, detail }) => {
      print([name, 'refused', token === null ? '-' : maskToken(token), String(status), reason, detail]);
    });
  }
}

/** What the caller can mend: ports, addresses, the folder. Null: a fault of ours. */
function systemFault(error: unknown): string | null {
  if (error instanceof SyntaxError)
    return '--dir: identity.json is not of a sandbox; remove it for fresh keys';
  if (!(error instanceof Error) || !('syscall' in error)) return null;
  return error.message;
}
