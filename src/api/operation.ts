import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import type { Answer } from './answer';
import type { OperationExample } from './example';
import { issueWords } from './request/issue-words';
import type { Caller, Principal } from './principal';
import type { FieldError, ProblemCode } from './problem';
import type { RawQuery } from './request/query';
import { causesFirst, invalidRequest, toFieldErrors } from './request/validation';

export type Method = 'get' | 'put' | 'patch' | 'post' | 'delete';

const none = z.strictObject({});
const words = { error: issueWords };
type None = typeof none;

/** What a handler gets: everything validated. */
export interface Call<P, Q, H, B> {
  readonly principal: Principal | null;
  readonly requestId: string;
  /** The address at the other end of the connection. */
  readonly peer: string | undefined;
  readonly params: P;
  readonly query: Q;
  readonly headers: H;
  readonly body: B;
}

/** A successful answer as the documentation shows it. `schema` null: no body. */
export interface DocumentedAnswer {
  readonly description: string;
  readonly schema: z.ZodType | null;
  readonly contentType?: string;
}

interface OperationText {
  readonly id: string;
  readonly method: Method;
  /** As OpenAPI writes it, `/v1/users/{uid}`. */
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly callers: readonly Caller[];
  readonly answers: Readonly<Record<number, DocumentedAnswer>>;
  readonly example: OperationExample;
  /** Not in openapi.json: what the API page itself is made of. */
  readonly isHidden?: true;
}

export interface OperationSpec<
  P extends z.ZodType,
  Q extends z.ZodType,
  H extends z.ZodType,
  B extends z.ZodType,
> extends OperationText {
  /** Those of its own, by default none; what every operation may answer is added by the document. */
  readonly problems?: readonly ProblemCode[];
  readonly params?: P;
  /** Strict: a parameter that nobody knows is an error. */
  readonly query?: Q;
  /** Loose: only the headers that the operation reads, in lower case. */
  readonly headers?: H;
  readonly body?: B;
  /** Besides `application/json`. */
  readonly bodyTypes?: readonly string[];
  /** Operators' probes add parameters of their own: for them the query is not looked at. */
  readonly ignoresQuery?: boolean;
  /** So many errors are named at most; by default 50. */
  readonly maxErrors?: number;
  /** What else to name when the body is refused, where the schema cannot look further than its first mistake. */
  readonly alsoWrong?: (body: unknown) => readonly FieldError[];
  readonly handle: (call: Call<z.output<P>, z.output<Q>, z.output<H>, z.output<B>>) => Promise<Answer>;
}

export interface RawCall {
  readonly principal: Principal | null;
  readonly requestId: string;
  readonly peer: string | undefined;
  readonly params: Readonly<Record<string, unknown>>;
  readonly query: RawQuery;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

/** One method of one path: what validates it, what documents it and what does it, in one value. */
export interface Operation extends OperationText {
  readonly problems: readonly ProblemCode[];
  readonly params: z.ZodType | null;
  readonly query: z.ZodType | null;
  readonly headers: z.ZodType | null;
  readonly body: z.ZodType | null;
  readonly ignoresQuery: boolean;
  /** Empty: the operation takes no body, and whatever is sent is not read. */
  readonly bodyTypes: readonly string[];
  run(call: RawCall): Promise<Answer>;
}

export function defineOperation<
  P extends z.ZodType = None,
  Q extends z.ZodType = None,
  H extends z.ZodType = None,
  B extends z.ZodType = None,
>(spec: OperationSpec<P, Q, H, B>): Operation {
  const { handle, ignoresQuery = false, bodyTypes = [], alsoWrong = () => [], maxErrors, ...text } = spec;
  const parse = (raw: RawCall) =>
    [
      (spec.params ?? none).safeParse(raw.params, words),
      (spec.query ?? none).safeParse(raw.query, words),
      (spec.headers ?? none).safeParse(spec.headers === undefined ? {} : raw.headers, words),
      (spec.body ?? none).safeParse(spec.body === undefined ? {} : raw.body, words),
    ] as const;
  return {
    ...text,
    problems: spec.problems ?? [],
    params: spec.params ?? null,
    query: spec.query ?? null,
    headers: spec.headers ?? null,
    body: spec.body ?? null,
    ignoresQuery,
    bodyTypes: spec.body === undefined ? [] : ['application/json', ...bodyTypes],
    run: async (raw) => {
      const [params, query, headers, body] = parse(raw);
      if (params.success && query.success && headers.success && body.success) {
        return handle({
          principal: raw.principal,
          requestId: raw.requestId,
          peer: raw.peer,
          params: params.data as z.output<P>,
          query: query.data as z.output<Q>,
          headers: headers.data as z.output<H>,
          body: body.data as z.output<B>,
        });
      }
      const errors = [
        ...[params, query, headers, body].flatMap((part) =>
          toFieldErrors(part.error?.issues ?? [], maxErrors),
        ),
        ...(body.success ? [] : alsoWrong(raw.body)),
      ];
      return invalidRequest(causesFirst(errors));
    },
  };
}
