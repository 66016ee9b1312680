import type { z } from 'zod';
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from 'zod-openapi';
import { fillIn } from './openapi-words';
import type { Operation } from './operation';
import { problem, problemCodes, toProblemBody, type ProblemCode } from './problem';
import { problemSchema } from './schemas/problem';

const everywhere: readonly ProblemCode[] = [
  'malformed_http',
  'forbidden',
  'not_found',
  'method_not_allowed',
  'request_timeout',
  'headers_too_large',
  'internal',
  'store_unavailable',
];
const underV1: readonly ProblemCode[] = [
  'invalid_request',
  'malformed_path',
  'unauthenticated',
  'invalid_user_token',
  'user_token_expired',
  'user_token_keys_unavailable',
];
const withBody: readonly ProblemCode[] = ['malformed_json', 'body_too_large', 'unsupported_media_type'];

/** The OpenAPI 3.1 document of these operations, made from the very schemas that validate. */
export function describeApi(operations: readonly Operation[], version: string): object {
  const paths: ZodOpenApiPathsObject = {};
  for (const operation of operations) {
    if (operation.isHidden === true) continue;
    paths[operation.path] = { ...paths[operation.path], [operation.method]: describe(operation) };
  }
  const document = createDocument({
    openapi: '3.1.0',
    info: {
      title: 'wukongim-push-relay',
      version,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      description:
        'Registers device tokens, sets names, sends pushes. JSON in snake_case, times in RFC 3339 UTC, errors as ' +
        'application/problem+json whose `code` is stable. An unknown field is an error. Each answer has ' +
        '`x-request-id`. A uid, device id or channel id is any UTF-8 string of 1 to 256 bytes, percent-encoded in paths.',
    },
    externalDocs: { url: '/docs/errors.md', description: 'Each error code: what it means, what to do.' },
    tags: tagsOf(operations),
    servers: [{ url: '/', description: 'The relay that serves this document.' }],
    paths,
    components: {
      securitySchemes: {
        server: { type: 'http', scheme: 'bearer', description: 'One of the configured API keys.' },
        user: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description:
            "A user's own token, where `api.user_tokens` is configured. In a path with `{uid}` it opens only the uid that it names.",
        },
      },
    },
  });
  fillIn(document, operations);
  return document;
}

const tagDescriptions: Readonly<Record<string, string>> = {
  devices: 'Where a user is reached: the device tokens that phones got from their providers.',
  users: 'All that is known of a user.',
  names: 'What notifications call users, channels and members.',
  preferences: 'What a user wants to be told, and when.',
  badges: 'The number on the app icon.',
  pushes: 'Notifications that are no chat messages, calls, and a test of all devices of a user.',
  traces: 'What became of messages, kept for a day by default.',
  'dead letters': 'What could not be delivered or read, kept for 7 days by default.',
  operation: 'For whoever watches the relay. No key is needed.',
};

function tagsOf(operations: readonly Operation[]) {
  return [...new Set(operations.map(({ tag }) => tag))].map((name) => ({
    name,
    description: tagDescriptions[name] ?? '',
  }));
}

function describe(operation: Operation): ZodOpenApiOperationObject {
  const { params, query, headers, body } = operation;
  return {
    operationId: operation.id,
    tags: [operation.tag],
    summary: operation.summary,
    ...(operation.description === undefined ? {} : { description: operation.description }),
    security: securityOf(operation),
    requestParams: {
      ...(params === null ? {} : { path: params as z.ZodObject }),
      ...(query === null ? {} : { query: query as z.ZodObject }),
      ...(headers === null ? {} : { header: headers as z.ZodObject }),
    },
    ...(body === null
      ? {}
      : {
          requestBody: {
            required: true,
            content: Object.fromEntries(
              operation.bodyTypes.map((type) => [type, { schema: body, example: operation.example.body }]),
            ),
          },
        }),
    responses: { ...describeAnswers(operation), ...describeProblems(operation) },
  };
}

function securityOf({ callers }: Operation): Record<string, string[]>[] {
  if (callers.includes('anyone')) return [];
  const forUsers = callers.includes('owner') || callers.includes('user');
  return [...(callers.includes('server') ? [{ server: [] }] : []), ...(forUsers ? [{ user: [] }] : [])];
}

function describeAnswers(operation: Operation): NonNullable<ZodOpenApiOperationObject['responses']> {
  const { answer: example } = operation.example;
  return Object.fromEntries(
    Object.entries(operation.answers).map(
      ([status, { description, schema, contentType = 'application/json' }]) => [
        status,
        {
          description,
          ...(schema === null
            ? {}
            : { content: { [contentType]: { schema, ...(Number(status) < 300 ? { example } : {}) } } }),
        },
      ],
    ),
  );
}

function describeProblems(operation: Operation): NonNullable<ZodOpenApiOperationObject['responses']> {
  const codes = [
    ...operation.problems,
    ...(operation.callers.includes('anyone') ? [] : underV1),
    ...(operation.bodyTypes.length > 0 ? withBody : []),
    ...everywhere,
  ];
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of codes) {
    const { status } = problemCodes[code];
    if (status in operation.answers) continue;
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, of]) => [
      String(status),
      {
        description: of.join(', '),
        content: { 'application/problem+json': { schema: problemSchema, example: problemExample(of) } },
      },
    ]),
  );
}

function problemExample([first = 'internal']: readonly ProblemCode[]): object {
  return toProblemBody(problem(first, problemCodes[first].title + '.'));
}
