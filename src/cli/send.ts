import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import type { ApiOptions } from './api-options';
import { addApiOptions } from './api-options';
import type { CliContext } from './cli-io';
import { printJson, runRequest } from './run-request';

interface SendOptions extends ApiOptions {
  readonly title?: string;
  readonly body?: string;
  readonly data?: Record<string, string>;
  readonly imageUrl?: string;
  readonly sound?: string;
  readonly app?: string;
  readonly collapseId?: string;
  readonly ttl?: number;
  readonly priority?: string;
  readonly silent?: true;
  readonly idempotencyKey?: string;
}

export function addSend(program: Command, context: CliContext): void {
  const command = program
    .command('send')
    .description('Send a notification to users through a running relay (POST /v1/push).')
    .argument('<uid...>', 'whom to')
    .option('-t, --title <text>', 'title')
    .option('-b, --body <text>', 'text')
    .option('-d, --data <key=value>', 'data for the app; may be repeated', collectPair)
    .option('--image-url <url>', 'image to show')
    .option('--sound <name>', '`default`, `none`, or a file of the app')
    .option('--app <name>', 'only devices of this app')
    .option('--collapse-id <id>', 'replaces an earlier notification with the same id')
    .option('--ttl <seconds>', 'how long a phone that is off is waited for', parseSeconds)
    .option('--priority <priority>', 'high or normal')
    .option('--silent', 'wake the app with the data and show nothing')
    .option('--idempotency-key <key>', 'sending again with the same key sends nothing new for 24 h');
  addApiOptions(command)
    .addHelpText('after', EXAMPLES)
    .action(async (uids: string[], options: SendOptions) => {
      const headers =
        options.idempotencyKey === undefined ? {} : { 'idempotency-key': options.idempotencyKey };
      const body = toBody(uids, options);
      const answer = await runRequest({ method: 'POST', path: '/v1/push', headers, body }, options, context);
      if (answer !== undefined) printJson(answer, context);
    });
}

const EXAMPLES = `
Prints the push's id as JSON. That the relay took it does not mean that a phone rang.

Examples:
  $ wukongim-push-relay send alice --title "Hello" --body "It works"
  $ wukongim-push-relay send alice bob --silent --data refresh=contacts
  $ RELAY_API_KEY=... wukongim-push-relay send alice --url https://push.example.com --body "Hello"`;

function toBody(uids: readonly string[], options: SendOptions): object {
  const { title, body, data, sound } = options;
  return {
    uids,
    notification: { title, body, data, image_url: options.imageUrl, sound },
    app: options.app,
    collapse_id: options.collapseId,
    ttl_seconds: options.ttl,
    priority: options.priority,
    silent: options.silent,
  };
}

function collectPair(pair: string, before: Record<string, string> = {}): Record<string, string> {
  const at = pair.indexOf('=');
  if (at <= 0) throw new InvalidArgumentError('Expected key=value.');
  return { ...before, [pair.slice(0, at)]: pair.slice(at + 1) };
}

function parseSeconds(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('Expected a whole number of seconds.');
  return Number(text);
}
