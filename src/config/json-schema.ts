import { z } from 'zod';
import { keyFacts } from './key';
import { appNamePattern, sections } from './schema';

type Json = z.core.JSONSchema.BaseSchema;

/**
 * A JSON Schema (2020-12) of the configuration file, for editors. It knows the keys, their nesting and what each expects, in words;
 * the values themselves are checked by `check-config`, which reads every scalar as text.
 */
export function configurationSchema(): object {
  const schema = z.toJSONSchema(z.strictObject(sections), {
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => describe(zodSchema, jsonSchema),
  });
  return { title: 'wukongim-push-relay', ...(orText(schema) as object) };
}

function describe(schema: z.core.$ZodType, json: Json): void {
  if (schema instanceof z.ZodObject) addTwins(schema, json);
  if (schema instanceof z.ZodRecord) json.propertyNames = { pattern: appNamePattern.source };
  if (schema instanceof z.ZodDefault && isTold(schema.def.defaultValue))
    json.default = schema.def.defaultValue;
  if (schema instanceof z.ZodPipe) {
    const [issue] = schema.safeParse({}).error?.issues ?? [];
    if (issue?.code === 'custom') json.description = capitalized(issue.message);
  }
}

/** A key without a value has no default worth telling. */
function isTold(standard: unknown): boolean {
  return standard !== null && standard !== undefined && !(Array.isArray(standard) && standard.length === 0);
}

/** A secret may stand in a file of its own. */
function addTwins(schema: z.ZodObject, json: Json): void {
  for (const [name, child] of Object.entries(schema.shape)) {
    if (keyFacts.get(child)?.secret !== true) continue;
    const description = `File that holds ${name}`;
    json.properties = { ...json.properties, [`${name}_file`]: { type: 'string', description } };
    if (json.required !== undefined) json.required = json.required.filter((each) => each !== name);
  }
}

/** A list may be written as a text with commas, and a key with nothing behind it counts as not set. */
function orText(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(orText);
  if (typeof node !== 'object' || node === null) return node;
  const copy = Object.fromEntries(Object.entries(node).map(([name, child]) => [name, orText(child)]));
  const items: unknown = copy['items'];
  const isOfMappings = typeof items === 'object' && items !== null && 'properties' in items;
  if (copy['type'] === 'array')
    return { ...copy, type: isOfMappings ? ['array', 'null'] : ['array', 'string', 'number', 'null'] };
  return copy['type'] === 'object' ? { ...copy, type: ['object', 'null'] } : copy;
}

function capitalized(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
