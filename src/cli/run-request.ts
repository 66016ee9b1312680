import type { ApiCall } from './api-client';
import type { ApiOptions } from './api-options';
import { createApiClient } from './api-options';
import type { CliContext } from './cli-io';
import { itemsOf } from './table';

/** Asks the running relay; resolves with its answer (null: empty), or with undefined after saying why there is none. */
export async function runRequest<T>(
  call: ApiCall<T>,
  options: ApiOptions,
  { io, finish }: CliContext,
): Promise<T | null | undefined> {
  const client = createApiClient(options, io);
  if (typeof client === 'string') {
    io.stderr.write(`${client}\n`);
    finish(2);
    return undefined;
  }
  const result = await client.ask(call);
  if (result.ok) return result.body;
  io.stderr.write(`${result.problem}\n`);
  finish(1);
  return undefined;
}

/** What a command did: in words for a person, with `--json` as JSON for a program. */
export function printResult(
  result: unknown,
  words: string,
  { json }: { readonly json?: true },
  context: CliContext,
): void {
  if (json === true) printJson(result, context);
  else context.io.stdout.write(`${words}\n`);
}

/** `1 device`, `2 devices`. */
export function counted(count: number, noun: string): string {
  return `${String(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** Of the characters that steer a terminal, `JSON.stringify` escapes the first 32 only. */
export function printJson(value: unknown, { io }: CliContext): void {
  const text = JSON.stringify(value, null, 2).replaceAll(
    /[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  io.stdout.write(`${text}\n`);
}

/** Beside a table of a list that has nothing: whose header alone looks as if something were missing. */
export function printIfNone(answer: unknown, line: string, { io }: CliContext): void {
  if (itemsOf(answer).length === 0) io.stderr.write(`${line}\n`);
}

/** Below a table of a list that goes on. */
export function printNextCursor(answer: unknown, { io }: CliContext): void {
  const cursor =
    typeof answer === 'object' && answer !== null && 'next_cursor' in answer ? answer.next_cursor : undefined;
  if (typeof cursor === 'string') io.stderr.write(`There are more: --cursor ${cursor}\n`);
}
