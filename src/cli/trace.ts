import type { Command } from 'commander';
import type { ApiOptions } from './api-options';
import { addApiOptions, createApiClient, parseId } from './api-options';
import type { CliContext } from './cli-io';
import { printJson } from './run-request';
import { itemsOf, toTable } from './table';
import { messageLine, rowsOf, type Trace } from './trace/trace-words';

interface TraceCommandOptions extends ApiOptions {
  readonly limit: string;
  readonly json?: true;
}

export function addTrace(program: Command, context: CliContext): void {
  const command = program
    .command('trace')
    .description('Show what became of a message, of a push, or of the last messages to a user.')
    .argument('<id>', 'a message id, the id of a push or call, or a uid', parseId)
    .option('--limit <count>', 'messages of a user, or recipients of a message, at most', '20')
    .option('--json', "print the relay's whole answer");
  addApiOptions(command)
    .addHelpText(
      'after',
      `\nExamples:\n  $ wukongim-push-relay trace 2124460212696813568\n  $ wukongim-push-relay trace carol --limit 5`,
    )
    .action(async (id: string, options: TraceCommandOptions) => show(id, options, context));
}

async function show(id: string, options: TraceCommandOptions, context: CliContext): Promise<void> {
  const { io, finish } = context;
  const client = createApiClient(options, io);
  if (typeof client === 'string') {
    io.stderr.write(`${client}\n`);
    finish(2);
    return;
  }
  // What is no number is the relay's to refuse.
  const query = { limit: options.limit as unknown as number };
  const message = await client.ask((relay) =>
    relay.GET('/v1/messages/{message_id}', { params: { path: { message_id: id }, query } }),
  );
  if (message.ok)
    return print(
      [message.body as Trace],
      message.body,
      options,
      context,
      'recipients (--limit: at most 1000)',
    );
  const path = { uid: id };
  const recent = await client.ask((relay) =>
    relay.GET('/v1/users/{uid}/recent', { params: { path, query } }),
  );
  if (!recent.ok) {
    io.stderr.write(`${recent.problem}\n`);
    finish(1);
    return;
  }
  const items = itemsOf(recent.body) as unknown as readonly Trace[];
  if (items.length > 0) return print(items, recent.body, options, context, 'messages (--limit: at most 100)');
  if (options.json === true) printJson(recent.body, context);
  const devices = await client.ask((relay) => relay.GET('/v1/users/{uid}/devices', { params: { path } }));
  const has = devices.ok ? deviceText(id, itemsOf(devices.body).length) : '';
  const { since = 'the start', sample = 1 } = recent.body ?? {};
  io.stderr.write(`${nothingText(id, since, sample)}${sample === 0 ? '' : has}\n`);
  finish(1);
}

function nothingText(id: string, since: string, sample: number): string {
  if (sample === 0)
    return 'The relay keeps no traces: trace.sample is 0. Remove the key, and restart the relay.';
  const nothing = `since ${since}, no webhook, push or call has contained "${shown(id)}", neither as an id nor as a user.`;
  return sample < 1
    ? `There is no trace of this: ${nothing}\nOr it left no trace: trace.sample is ${String(sample)}.`
    : `WuKongIM has not sent this: ${nothing}`;
}

function deviceText(uid: string, count: number): string {
  if (count === 0) return `\n${shown(uid)} has no device registered either.`;
  return (
    `\n${shown(uid)} has ${String(count)} registered device${count === 1 ? '' : 's'}. ` +
    'WuKongIM sends nothing for users whom it considers online: see docs/troubleshooting.md.'
  );
}

function print(
  traces: readonly Trace[],
  answer: unknown,
  options: TraceCommandOptions,
  context: CliContext,
  others: string,
): void {
  if (options.json === true) return printJson(answer, context);
  for (const trace of traces) {
    context.io.stdout.write(`${messageLine(trace)}\n`);
    context.io.stdout.write(toTable(rowsOf(trace), ['at', 'uid', 'device', 'what']));
    context.io.stdout.write('\n');
  }
  if ((answer as { readonly next_cursor?: string }).next_cursor !== undefined)
    context.io.stdout.write(`There are more ${others}.\n`);
}

/** Typed by the user, but perhaps pasted: no control character reaches the terminal. */
function shown(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, '·');
}
