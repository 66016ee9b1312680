/*
 * Open this file first: it performs one request: authentication, validation, handler, answer. `json-body.ts` reads the body,
 * `query.ts` and `cursor.ts` the query. `validation.ts` turns what zod found into field errors, in the words of
 * `issue-words.ts`, and `token-fault.ts` explains what is wrong with a device token.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { StoreUnavailableError } from '../../store/ports/errors';
import { writeAnswer, type Answer } from '../answer';
import { readJsonBody, type JsonBodyLimits } from './json-body';
import type { Operation } from '../operation';
import { refusal, type Principal } from '../principal';
import { problem, type Problem } from '../problem';
import { readQuery } from './query';
import type { AdminServices } from '../services';

/** What the API knows of a request while it answers it. */
export interface Exchange {
  readonly requestId: string;
  readonly startedAtMs: number;
  /** Null where nobody asked, outside `/v1`. */
  principal: Principal | null;
  /** The operation's id once the path is known. */
  operation: string;
}

/** A login is a few bytes: whoever drips it holds a connection and nothing else. */
const strangerDeadlineMs = 10_000;

export type ExchangeServices = Pick<AdminServices, 'events'>;

/** Authenticate, read, validate, do: everything but writing the answer. */
export async function perform(
  operation: Operation,
  request: IncomingMessage & { readonly params: Readonly<Record<string, unknown>> },
  exchange: Exchange,
  limits: JsonBodyLimits,
): Promise<Answer> {
  const refused = refusal(operation.callers, exchange.principal, request.params);
  if (refused !== null) return refused;
  const query = readQuery(operation.ignoresQuery ? '/' : (request.url ?? '/'));
  if (query.kind === 'problem') return query;
  let body: unknown;
  if (operation.bodyTypes.length > 0) {
    const isStranger = exchange.principal === null;
    const read = await readJsonBody(request, operation.bodyTypes, {
      ...limits,
      ...(isStranger ? { deadlineMs: strangerDeadlineMs } : {}),
    });
    if (read.kind === 'problem') return read;
    body = read.value;
  }
  const { params, headers } = request;
  const { principal, requestId } = exchange;
  const peer = request.socket.remoteAddress;
  return operation.run({ principal, requestId, peer, params, query: query.values, headers, body });
}

/** Turns what was thrown into an answer. Only what is none of the caller's or the store's doing is a failure. */
export function toProblem(error: unknown, exchange: Exchange, { events }: ExchangeServices): Problem {
  const { operation, requestId } = exchange;
  if (error instanceof StoreUnavailableError) {
    events.storeUnavailable({ operation, requestId, error });
    return problem('store_unavailable', 'The store is unavailable, slow or full. Retry the request later.', {
      headers: { 'retry-after': '1' },
    });
  }
  // The router decodes path parameters and parses absolute request targets; both fail on the caller's bytes only.
  if (error instanceof URIError || hasCode(error, 'ERR_INVALID_URL')) {
    return problem('malformed_path', 'The path is not percent-encoded UTF-8.');
  }
  events.requestFailed({ operation, requestId, error });
  return problem(
    'internal',
    'This is a bug of the relay. Its log has the cause with the request id (X-Request-Id).',
  );
}

/** Writes the answer unless one has begun: then the connection is cut, because half an answer must not look whole. */
export function respond(response: ServerResponse, answer: Answer): void {
  if (response.headersSent) response.destroy();
  else writeAnswer(response, answer);
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
