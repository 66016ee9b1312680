import { type Command, InvalidArgumentError } from 'commander';
import type { CliContext } from './cli-io';
import type { SandboxCommandOptions } from './sandbox/run-sandbox';

export function addSandbox(program: Command, { io, finish }: CliContext): void {
  program
    .command('sandbox')
    .description(
      'Run only the fakes of APNs, FCM, the makers and a push service of browsers, for any relay. Prints the pushes they accept.',
    )
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--apns-port <port>', "port of APNs' production environment (default: any free port)", parsePort)
    .option(
      '--apns-sandbox-port <port>',
      "port of APNs' sandbox environment (default: any free port)",
      parsePort,
    )
    .option('--fcm-port <port>', 'port of FCM and of its token endpoint (default: any free port)', parsePort)
    .option(
      '--maker-ports <first>',
      'first of eight ports in a row: Huawei, HarmonyOS, Honor, Xiaomi, OPPO, vivo, Meizu, Web Push (default: any free ports)',
      parsePort,
    )
    .option('--control-port <port>', 'plain HTTP, to script answers and read accepted pushes', parsePort)
    .option('--topic <bundle_id>', 'bundle id of the app', 'com.example.chat')
    .option('--dir <folder>', 'folder for keys and certificates (default: a temporary one, with fresh keys)')
    .option('--quiet', 'do not print notifications')
    .option('--json', 'print JSON, one object per line')
    .addHelpText('after', examples)
    .action(async (options: SandboxCommandOptions) => {
      const { runSandbox } = await import('./sandbox/run-sandbox.js');
      finish(await runSandbox(options, io));
    });
}

const examples = `
The sandbox checks what Apple, Google and the makers check, and creates the credentials for it. It writes relay.env, which has the
environment of a relay that pushes to it. The file names in it are valid on this machine.

Examples:
  $ wukongim-push-relay sandbox --dir ./sandbox
  $ env $(cat ./sandbox/relay.env) wukongim-push-relay serve        # in another terminal
  $ wukongim-push-relay sandbox --apns-port 2197 --fcm-port 8443 --maker-ports 8450 --control-port 9000 --quiet
  $ wukongim-push-relay sandbox --dir ./sandbox --json | jq -c 'select(.type == "accepted") | .message'

Exit codes: 0 stopped by a signal, 2 a port is taken or the folder cannot be written.`;

function parsePort(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535)
    throw new InvalidArgumentError('Expected a port, 0 to 65535.');
  return Number(text);
}
