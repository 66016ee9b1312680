import type { Command } from 'commander';
import type { ApiOptions } from './api-options';
import { addApiOptions } from './api-options';
import type { CliContext } from './cli-io';
import { printJson, runRequest } from './run-request';

export function addTrace(program: Command, context: CliContext): void {
  const command = program
    .command('trace')
    .description('Show what became of a message on a running relay (GET /v1/messages/{id}).')
    .argument('<message_id>', "WuKongIM's message id");
  addApiOptions(command)
    .addHelpText(
      'after',
      `\nPrints the relay's answer as JSON. This version of the relay keeps no traces yet and answers 404.\n\nExample:\n  $ wukongim-push-relay trace 1744123456789012480`,
    )
    .action(async (messageId: string, options: ApiOptions) => {
      const path = `/v1/messages/${encodeURIComponent(messageId)}`;
      const answer = await runRequest({ method: 'GET', path }, options, context);
      if (answer !== undefined) printJson(answer, context);
    });
}
