import type { createDocument } from 'zod-openapi';
import { glossary } from './glossary';
import type { Operation } from './operation';

type Document = ReturnType<typeof createDocument>;
type Schema = Record<string, unknown>;

/** Gives every field and parameter its description and every parameter its example, where the schemas have none. */
export function fillIn(document: Document, operations: readonly Operation[]): void {
  const { components, paths = {} } = document;
  for (const schema of Object.values(components?.schemas ?? {})) describeFields(schema as Schema);
  for (const { path, method, example, isHidden } of operations) {
    if (isHidden === true) continue;
    const operation = paths[path]?.[method];
    describeFields(operation?.responses ?? {});
    for (const parameter of operation?.parameters ?? []) {
      if (!('name' in parameter)) continue;
      const { params, query, headers } = example;
      const value = { ...params, ...query, ...headers }[parameter.name];
      if (value !== undefined) parameter.example = value;
      parameter.description ??= glossary[parameter.name] ?? '';
    }
  }
}

/** At any depth, but not in examples, whose fields are data. */
function describeFields(schema: Schema): void {
  for (const [key, value] of Object.entries(schema)) {
    if (typeof value !== 'object' || value === null || key === 'example') continue;
    if (key === 'properties') {
      for (const [name, property] of Object.entries(value as Record<string, Schema>)) {
        const words = glossary[name];
        if (words !== undefined && !saysSomething(property)) property['description'] = words;
      }
    }
    describeFields(value as Schema);
  }
}

/** Itself, or in one of the forms that it may have. */
function saysSomething({ description, anyOf, oneOf }: Schema): boolean {
  const forms = (anyOf ?? oneOf ?? []) as readonly Schema[];
  return typeof description === 'string' || forms.some((form) => saysSomething(form));
}
