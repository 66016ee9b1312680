import type { Command } from 'commander';
import { createVapidKeys } from '../shared/webpush/vapid-keys';
import type { CliContext } from './cli-io';

export function addVapidKeys(program: Command, { io }: CliContext): void {
  program
    .command('vapid-keys')
    .description('Make a pair of VAPID keys for Web Push, and print it as YAML for apps.NAME.webpush.')
    .option('--json', 'print the pair as JSON')
    .addHelpText('after', examples)
    .action(({ json }: { readonly json?: true }) => {
      const { publicKey, privateKey } = createVapidKeys();
      io.stdout.write(
        json === true
          ? `${JSON.stringify({ public_key: publicKey, private_key: privateKey })}\n`
          : `public_key: ${publicKey}\nprivate_key: ${privateKey}\n`,
      );
    });
}

const examples = `
Browsers subscribe with the public key, and a subscription works with its pair only. Keep the private key secret, and keep the pair:
with another one, all browsers have to subscribe again, unless the old pair goes into apps.NAME.webpush.previous.

Examples:
  $ wukongim-push-relay vapid-keys
  $ wukongim-push-relay vapid-keys > vapid.yaml
  $ wukongim-push-relay vapid-keys --json

Exit codes: 0 the keys are printed, 2 usage.`;
