import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import type { components } from '../../clients/node';
import type { ApiOptions } from './api-options';
import { addApiOptions } from './api-options';
import type { CliContext } from './cli-io';
import { printResult, runRequest } from './run-request';

type Push = components['schemas']['Push'];

interface SendOptions extends ApiOptions {
  readonly title?: string;
  readonly body?: string;
  readonly data?: Record<string, string>;
  readonly imageUrl?: string;
  readonly sound?: string;
  readonly app?: string;
  readonly collapseId?: string;
  readonly ttl?: number;
  readonly priority?: Push['priority'];
  readonly silent?: true;
  readonly idempotencyKey?: string;
  readonly json?: true;
}

export function addSend(program: Command, context: CliContext): void {
  const command = program
    .command('send')
    .description('Send a notification to users through a running relay (POST /v1/push).')
    .argument('<uid...>', 'the recipients')
    .option('-t, --title <text>', 'title')
    .option('-b, --body <text>', 'text')
    .option('-d, --data <key=value>', 'data for the app; may be repeated', collectPair)
    .option('--image-url <url>', 'image to show')
    .option('--sound <name>', '`default`, `none`, or a file of the app')
    .option('--app <name>', 'only devices of this app')
    .option('--collapse-id <id>', 'replace an earlier notification with the same id')
    .option('--ttl <seconds>', 'how long the provider keeps it for a phone that is off', parseSeconds)
    .option('--priority <priority>', 'high or normal')
    .option('--silent', 'wake the app with the data and show nothing')
    .option('--idempotency-key <key>', 'for 24 h, a retry with the same key sends nothing new')
    .option('--json', "print the push's id as JSON");
  addApiOptions(command)
    .addHelpText('after', examples)
    .action(async (uids: string[], options: SendOptions) => {
      const { idempotencyKey } = options;
      const header = idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey };
      const body = toBody(uids, options);
      const answer = await runRequest(
        (relay) => relay.POST('/v1/push', { params: { header }, body }),
        options,
        context,
      );
      if (answer === undefined || answer === null) return;
      const words = `The relay took push ${answer.id}. To see what became of it: wukongim-push-relay trace ${answer.id}`;
      printResult(answer, words, options, context);
    });
}

const examples = `
Prints the push's id. An accepted push does not mean that a phone rang. To see what became of
it, run trace with the id.

Examples:
  $ wukongim-push-relay send alice --title "Hello" --body "It works"
  $ wukongim-push-relay send alice bob --silent --data refresh=contacts
  $ RELAY_API_KEY=... wukongim-push-relay send alice --url https://push.example.com --body "Hello"`;

function toBody(uids: readonly string[], options: SendOptions): Push {
  const { title, body, data, sound, imageUrl, app, collapseId, ttl, priority, silent } = options;
  return {
    uids: [...uids],
    notification: given({ title, body, data, image_url: imageUrl, sound }),
    ...given({ app, collapse_id: collapseId, ttl_seconds: ttl, priority, silent }),
  };
}

/** Without the fields that nobody named. */
function given<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
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
