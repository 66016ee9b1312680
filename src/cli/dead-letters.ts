import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import type { ApiOptions } from './api-options';
import { addApiOptions } from './api-options';
import type { CliContext } from './cli-io';
import { printJson, printNextCursor, runRequest } from './run-request';
import { itemsOf, toTable } from './table';

export function addDeadLetters(program: Command, context: CliContext): void {
  const deadLetters = program
    .command('dead-letters')
    .description('What a running relay gave up on: list, replay, delete.');
  addList(deadLetters, context);
  addReplay(deadLetters, context);
  addDelete(deadLetters, context);
}

interface ListOptions extends ApiOptions {
  readonly limit: string;
  readonly cursor?: string;
  readonly includeBody?: true;
  readonly json?: true;
}

const PATH = '/v1/dead-letters';

function addList(parent: Command, context: CliContext): void {
  const command = parent
    .command('list')
    .description('List dead letters.')
    .option('--limit <count>', 'at most', '50')
    .option('--cursor <cursor>', 'go on where the last list ended')
    .option('--include-body', 'with the content, as JSON; the relay logs who asks for it')
    .option('--json', 'print the whole answer');
  addApiOptions(command)
    .addHelpText(
      'after',
      `\nExamples:\n  $ wukongim-push-relay dead-letters list\n  $ wukongim-push-relay dead-letters list --include-body --limit 1`,
    )
    .action(async (options: ListOptions) => {
      const include = options.includeBody === true ? 'body' : undefined;
      const query = { limit: options.limit, cursor: options.cursor, include };
      const answer = await runRequest({ method: 'GET', path: PATH, query }, options, context);
      if (answer === undefined) return;
      if (options.json === true || options.includeBody === true) printJson(answer, context);
      else context.io.stdout.write(toTable(itemsOf(answer).map(withCount), COLUMNS));
      printNextCursor(answer, context);
    });
}

const COLUMNS = ['id', 'at', 'source', 'reason', 'message_id', 'route', 'recipients', 'detail'];

function withCount(letter: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return { ...letter, recipients: Array.isArray(letter.recipients) ? letter.recipients.length : null };
}

interface ReplayOptions extends ApiOptions {
  readonly all?: true;
  readonly maxMessageAge?: number;
}

function addReplay(parent: Command, context: CliContext): void {
  const command = parent
    .command('replay')
    .description('Send dead letters again; expiry is checked again.')
    .argument('[id...]', 'which')
    .option('--all', 'all of them')
    .option(
      '--max-message-age <seconds>',
      'leave messages that are older (default of the relay: 3600)',
      parseSeconds,
    );
  addApiOptions(command)
    .addHelpText(
      'after',
      `\nExamples:\n  $ wukongim-push-relay dead-letters replay 01J8Z3K0V4 01J8Z3K0V5\n  $ wukongim-push-relay dead-letters replay --all --max-message-age 86400`,
    )
    .action(async (ids: string[], options: ReplayOptions, self: Command) => {
      if (ids.length > 0 === (options.all === true)) self.error('error: either ids or --all has to be given');
      const body = {
        ids: ids.length > 0 ? ids : undefined,
        all: options.all,
        max_message_age_seconds: options.maxMessageAge,
      };
      await replayAll(body, options, context);
    });
}

/** The relay takes all of them in pieces; the answers are shown as one. */
async function replayAll(body: object, options: ApiOptions, context: CliContext): Promise<void> {
  const total: Record<string, number> = {};
  const reasons: Record<string, number> = {};
  let cursor: unknown = undefined;
  let last: Readonly<Record<string, unknown>> = {};
  do {
    const request = { method: 'POST', path: `${PATH}/replay`, body: { ...body, cursor } } as const;
    const answer = await runRequest(request, options, context);
    if (answer === undefined) break;
    last = toRecord(answer);
    addUp(total, { replayed: last.replayed, skipped: last.skipped });
    addUp(reasons, toRecord(last.skipped_reasons));
    cursor = last.next_cursor;
  } while (typeof cursor === 'string');
  if (Object.keys(last).length > 0)
    printJson({ ...total, skipped_reasons: reasons, remaining: last.remaining }, context);
}

function toRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

function addUp(sums: Record<string, number>, counts: Readonly<Record<string, unknown>>): void {
  for (const [name, count] of Object.entries(counts))
    if (typeof count === 'number') sums[name] = (sums[name] ?? 0) + count;
}

interface DeleteOptions extends ApiOptions {
  readonly all?: true;
  readonly before?: string;
}

function addDelete(parent: Command, context: CliContext): void {
  const command = parent
    .command('delete')
    .description('Delete dead letters for good.')
    .option('--all', 'all of them')
    .option('--before <time>', 'those from before this time, like 2026-01-31T00:00:00Z', parseTime);
  addApiOptions(command)
    .addHelpText(
      'after',
      `\nExample:\n  $ wukongim-push-relay dead-letters delete --before 2026-01-31T00:00:00Z`,
    )
    .action(async (options: DeleteOptions, self: Command) => {
      if ((options.before !== undefined) === (options.all === true))
        self.error('error: either --before or --all has to be given');
      const query = { before: options.before, all: options.all === true ? 'true' : undefined };
      const answer = await runRequest({ method: 'DELETE', path: PATH, query }, options, context);
      if (answer !== undefined) printJson(answer, context);
    });
}

function parseSeconds(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('Expected a whole number of seconds.');
  return Number(text);
}

function parseTime(text: string): string {
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw new InvalidArgumentError('Expected a time like 2026-01-31T00:00:00Z.');
  return new Date(ms).toISOString();
}
