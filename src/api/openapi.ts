import type { z } from 'zod';
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from 'zod-openapi';
import type { Operation } from './operation';
import { problemCodes, type ProblemCode } from './problem';
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
const underV1: readonly ProblemCode[] = ['invalid_request', 'malformed_path', 'unauthenticated'];
const withBody: readonly ProblemCode[] = ['malformed_json', 'body_too_large', 'unsupported_media_type'];

/** The OpenAPI 3.1 document of these operations, made from the very schemas that validate. */
export function describeApi(operations: readonly Operation[], version: string): object {
  const paths: ZodOpenApiPathsObject = {};
  for (const operation of operations) {
    paths[operation.path] = { ...paths[operation.path], [operation.method]: describe(operation) };
  }
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'wukongim-push-relay',
      version,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      description:
        'Registers device tokens, says names, pushes. JSON in snake_case, times in RFC 3339 UTC, errors as ' +
        'application/problem+json whose `code` is stable. An unknown field is an error. Every answer carries ' +
        '`x-request-id`. A uid, device id or channel id is any UTF-8 string of 1 to 256 bytes, percent-encoded in paths.',
    },
    servers: [{ url: '/', description: 'The relay that serves this document.' }],
    paths,
    components: {
      securitySchemes: {
        server: { type: 'http', scheme: 'bearer', description: 'One of the configured API keys.' },
      },
    },
  });
}

function describe(operation: Operation): ZodOpenApiOperationObject {
  const { params, query, headers, body } = operation;
  return {
    operationId: operation.id,
    tags: [operation.tag],
    summary: operation.summary,
    ...(operation.description === undefined ? {} : { description: operation.description }),
    security: operation.callers.includes('anyone') ? [] : [{ server: [] }],
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
            content: Object.fromEntries(operation.bodyTypes.map((type) => [type, { schema: body }])),
          },
        }),
    responses: { ...describeAnswers(operation), ...describeProblems(operation) },
  };
}

function describeAnswers(operation: Operation): NonNullable<ZodOpenApiOperationObject['responses']> {
  return Object.fromEntries(
    Object.entries(operation.answers).map(
      ([status, { description, schema, contentType = 'application/json' }]) => [
        status,
        { description, ...(schema === null ? {} : { content: { [contentType]: { schema } } }) },
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
      { description: of.join(', '), content: { 'application/problem+json': { schema: problemSchema } } },
    ]),
  );
}
