import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import type { components } from '../../clients/node';
import type { ApiOptions } from './api-options';
import { addApiOptions } from './api-options';
import type { CliContext } from './cli-io';
import { counted, printIfNone, printJson, printNextCursor, printResult, runRequest } from './run-request';
import { itemsOf, toTable } from './table';

export function addDeadLetters(program: Command, context: CliContext): void {
  const deadLetters = program
    .command('dead-letters')
    .description('List, replay and delete pushes that a running relay gave up on.');
  addList(deadLetters, context);
  addReplay(deadLetters, context);
  addDelete(deadLetters, context);
}

type Replay = components['schemas']['Replay'];

interface ListOptions extends ApiOptions {
  readonly limit: string;
  readonly cursor?: string;
  readonly includeBody?: true;
  readonly json?: true;
}

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
      const query = {
        // What is no number is the relay's to refuse.
        limit: options.limit as unknown as number,
        ...(options.cursor === undefined ? {} : { cursor: options.cursor }),
        ...(options.includeBody === true ? { include: 'body' as const } : {}),
      };
      const answer = await runRequest(
        (relay) => relay.GET('/v1/dead-letters', { params: { query } }),
        options,
        context,
      );
      if (answer === undefined) return;
      if (options.json === true || options.includeBody === true) printJson(answer, context);
      else context.io.stdout.write(toTable(itemsOf(answer).map(withCount), columns));
      printIfNone(answer, 'There are no dead letters.', context);
      printNextCursor(answer, context);
    });
}

const columns = ['id', 'at', 'source', 'reason', 'message_id', 'route', 'recipients', 'detail'];

function withCount(letter: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return { ...letter, recipients: Array.isArray(letter.recipients) ? letter.recipients.length : null };
}

interface ReplayOptions extends ApiOptions {
  readonly json?: true;
  readonly all?: true;
  readonly maxMessageAge?: number;
}

function addReplay(parent: Command, context: CliContext): void {
  const command = parent
    .command('replay')
    .description('Replay dead letters. Expiry is checked again.')
    .argument('[id...]', 'ids of dead letters')
    .option('--all', 'all of them')
    .option('--max-message-age <seconds>', 'skip older messages (default of the relay: 3600)', parseSeconds)
    .option('--json', 'print the counts as JSON');
  addApiOptions(command)
    .addHelpText(
      'after',
      `\nExamples:\n  $ wukongim-push-relay dead-letters replay 019b0c5e-7d40-7000-9c1f-4be2a06d7f13\n  $ wukongim-push-relay dead-letters replay --all --max-message-age 86400`,
    )
    .action(async (ids: string[], options: ReplayOptions, self: Command) => {
      if (ids.length > 0 === (options.all === true)) self.error('error: expected either ids or --all');
      const body = {
        ...(ids.length > 0 ? { ids } : {}),
        ...(options.all === true ? { all: true as const } : {}),
        ...(options.maxMessageAge === undefined ? {} : { max_message_age_seconds: options.maxMessageAge }),
      };
      await replayAll(body, options, context);
    });
}

/** The relay takes all of them in pieces; the answers are shown as one. */
async function replayAll(body: Replay, options: ReplayOptions, context: CliContext): Promise<void> {
  const total = { replayed: 0, skipped: 0 };
  const reasons: Record<string, number> = {};
  let remaining: number | null = null;
  let next = body;
  for (;;) {
    const now = next;
    const answer = await runRequest(
      (relay) => relay.POST('/v1/dead-letters/replay', { body: now }),
      options,
      context,
    );
    if (answer === undefined || answer === null) break;
    remaining = answer.remaining;
    addUp(total, { replayed: answer.replayed, skipped: answer.skipped });
    addUp(reasons, answer.skipped_reasons);
    if (answer.next_cursor === undefined) break;
    next = { ...body, cursor: answer.next_cursor };
  }
  if (remaining === null) return;
  const counts = `${counted(total.replayed, 'dead letter')} replayed, ${String(total.skipped)} skipped, ${String(remaining)} left`;
  const why = Object.entries(reasons).map(
    ([reason, count]) => `\n  ${String(count)} ${skipWords[reason] ?? reason}`,
  );
  printResult({ ...total, skipped_reasons: reasons, remaining }, counts + why.join(''), options, context);
  // Of all of them the relay skips what is too old, as it was told to; an id was named to be replayed.
  if (body.ids !== undefined && total.skipped > 0) context.finish(1);
}

const skipWords: Readonly<Record<string, string>> = {
  not_found: 'not found: `dead-letters list` shows the ids',
  too_old: 'too old: --max-message-age includes older messages',
  truncated: 'too large to be kept whole: only part of the content is stored',
  unreadable: 'unreadable: the content is no message that the relay can send',
};

/** A relay of another version may leave them out. */
function addUp(sums: Record<string, number>, counts: Readonly<Record<string, unknown>> | undefined): void {
  for (const [name, count] of Object.entries(counts ?? {}))
    if (typeof count === 'number') sums[name] = (sums[name] ?? 0) + count;
}

interface DeleteOptions extends ApiOptions {
  readonly json?: true;
  readonly all?: true;
  readonly before?: string;
}

function addDelete(parent: Command, context: CliContext): void {
  const command = parent
    .command('delete')
    .description('Delete dead letters permanently.')
    .option('--all', 'all of them')
    .option('--before <time>', 'those from before this time, such as 2026-01-31T00:00:00Z', parseTime)
    .option('--json', 'print how many as JSON');
  addApiOptions(command)
    .addHelpText(
      'after',
      `\nExample:\n  $ wukongim-push-relay dead-letters delete --before 2026-01-31T00:00:00Z`,
    )
    .action(async (options: DeleteOptions, self: Command) => {
      if ((options.before !== undefined) === (options.all === true))
        self.error('error: expected either --before or --all');
      const { before } = options;
      const query = before === undefined ? { all: 'true' as const } : { before };
      const answer = await runRequest(
        (relay) => relay.DELETE('/v1/dead-letters', { params: { query } }),
        options,
        context,
      );
      if (answer === undefined || answer === null) return;
      printResult(answer, `${counted(answer.removed, 'dead letter')} deleted`, options, context);
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
