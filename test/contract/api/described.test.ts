import { startTestApi } from './harness';
import { openTestStore } from './test-store';

type Schema = Readonly<Record<string, unknown>>;

interface Media {
  readonly schema: Schema;
  readonly example?: unknown;
}

interface Described {
  readonly summary?: string;
  readonly tags: readonly string[];
  readonly parameters?: readonly {
    readonly name: string;
    readonly required?: boolean;
    readonly description?: string;
    readonly example?: unknown;
  }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, Media>> };
  readonly responses: Readonly<
    Record<string, { readonly description: string; readonly content?: Readonly<Record<string, Media>> }>
  >;
}

interface Document {
  readonly servers: readonly { readonly url: string; readonly description?: string }[];
  readonly tags: readonly { readonly name: string; readonly description?: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

/** Of the schema itself, of what it refers to, or of a form that it may have. */
function isDescribed(schema: Schema, schemas: Document['components']['schemas']): boolean {
  if (typeof schema['description'] === 'string' && schema['description'] !== '') return true;
  const name = typeof schema['$ref'] === 'string' ? schema['$ref'].split('/').at(-1) : undefined;
  if (name !== undefined) return isDescribed(schemas[name] ?? {}, schemas);
  const forms = (schema['anyOf'] ?? schema['oneOf'] ?? []) as readonly Schema[];
  return forms.some((form) => isDescribed(form, schemas));
}

/** Each property of the schema, at any depth, that nobody describes. */
function silentProperties(schema: Schema, where: string, document: Document): string[] {
  const own = Object.entries((schema['properties'] ?? {}) as Record<string, Schema>);
  const inner = ['items', 'additionalProperties'].flatMap((key) =>
    typeof schema[key] === 'object' ? [schema[key] as Schema] : [],
  );
  const forms = ['anyOf', 'oneOf', 'allOf'].flatMap((key) => (schema[key] ?? []) as readonly Schema[]);
  return [
    ...own
      .filter(([, property]) => !isDescribed(property, document.components.schemas))
      .map(([name]) => `${where}.${name}`),
    ...own.flatMap(([name, property]) => silentProperties(property, `${where}.${name}`, document)),
    ...[...inner, ...forms].flatMap((part) => silentProperties(part, where, document)),
  ];
}

describe('what openapi.json tells people', () => {
  let document: Document;
  let operations: { readonly id: string; readonly operation: Described }[];

  beforeAll(async () => {
    const api = await startTestApi(await openTestStore());
    document = JSON.parse((await api.call('GET', '/openapi.json')).text) as Document;
    operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ id: `${method} ${path}`, operation })),
    );
  });

  it('describes every property of every schema', () => {
    const named = Object.entries(document.components.schemas).flatMap(([name, schema]) =>
      silentProperties(schema, name, document),
    );
    const inline = operations.flatMap(({ id, operation: { requestBody, responses } }) =>
      [requestBody, ...Object.values(responses)]
        .flatMap((part) => Object.values(part?.content ?? {}))
        .flatMap(({ schema }) => silentProperties(schema, id, document)),
    );
    expect([...new Set([...named, ...inline])]).toEqual([]);
  });

  it('describes every parameter, with an example where it has to be given', () => {
    const silent = operations.flatMap(({ id, operation: { parameters = [] } }) =>
      parameters
        .filter((one) => !one.description || (one.required === true && one.example === undefined))
        .map(({ name }) => `${id} ${name}`),
    );
    expect(silent).toEqual([]);
  });

  it('gives every operation a summary and a described tag', () => {
    const tags = document.tags.filter(({ description }) => description).map(({ name }) => name);
    for (const { id, operation } of operations) {
      expect([id, operation.summary]).not.toContain(undefined);
      for (const tag of operation.tags) expect(tags).toContain(tag);
    }
  });

  it('shows a request and an answer of every operation, and a problem of each status', () => {
    const without = operations.flatMap(({ id, operation: { requestBody, responses } }) => {
      const answers = Object.entries(responses)
        .filter(([status]) => status !== '503' || !id.endsWith('/readyz'))
        .flatMap(([status, { content = {} }]) =>
          Object.entries(content).map(([type, media]) => [`${id} ${status} ${type}`, media] as const),
        );
      const bodies = Object.entries(requestBody?.content ?? {}).map(
        ([type, media]) => [`${id} request ${type}`, media] as const,
      );
      return [...bodies, ...answers]
        .filter(([, { example }]) => example === undefined)
        .map(([where]) => where);
    });
    expect(without).toEqual([]);
  });

  it('names the server that serves it', () => {
    expect(document.servers).toEqual([{ url: '/', description: expect.any(String) as string }]);
  });
});
