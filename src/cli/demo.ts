import type { Command } from 'commander';
import type { CliContext } from './cli-io';

export function addDemo(program: Command, { io, finish }: CliContext): void {
  program
    .command('demo')
    .description(
      'Show the relay at work: recorded WuKongIM webhooks in, notifications on made-up phones out.',
    )
    .option('--once', 'end after the summary: exit code 0 when every phone rang as it should, else 1')
    .addHelpText('after', examples)
    .action(async ({ once = false }: { once?: boolean }) => {
      const { runDemo } = await import('./demo/demo.js');
      finish(await runDemo(io, { once }));
    });
}

const examples = `
Needs no credentials, no Redis and no network: the providers are the built-in sandbox, the store is thrown away.

Examples:
  $ wukongim-push-relay demo
  $ wukongim-push-relay demo --once
  $ PORT=8080 wukongim-push-relay demo`;
