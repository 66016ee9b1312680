import type { Command } from 'commander';
import type { CliContext } from './cli-io';

export function addDemo(program: Command, { io, finish }: CliContext): void {
  program
    .command('demo')
    .description('Demonstrate the relay: recorded WuKongIM webhooks in, notifications on fake phones out.')
    .option('--once', 'exit after the summary, with 0 if each phone rang as expected, else 1')
    .option('--json', 'print JSON, one object per line: each notification, and the summary')
    .addHelpText('after', examples)
    .action(async ({ once = false, json = false }: { once?: boolean; json?: boolean }) => {
      const { runDemo } = await import('./demo/demo.js');
      finish(await runDemo(io, { once, json }));
    });
}

const examples = `
Needs no credentials, no Redis and no network. It uses the built-in sandbox, and deletes its store at the end.

Examples:
  $ wukongim-push-relay demo
  $ wukongim-push-relay demo --once
  $ wukongim-push-relay demo --once --json | jq -r 'select(.type == "notification") | .body'
  $ PORT=8080 wukongim-push-relay demo`;
