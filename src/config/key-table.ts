import { z } from 'zod';
import type { KeyFacts } from './key';
import { keyFacts } from './key';
import { sections } from './schema';

/** One key of the configuration. In its path `NAME` stands for an app, and `[]` for an item of a list. */
export interface KeyEntry extends KeyFacts {
  readonly path: readonly string[];
  readonly schema: z.ZodType;
}

const app = 'NAME';
const item = '[]';

/** Every key, in the schema's order. */
const keys: readonly KeyEntry[] = Object.entries(sections).flatMap(([name, schema]) => walk([name], schema));

export function listKeys(): readonly KeyEntry[] {
  return keys;
}

function walk(path: readonly string[], schema: z.ZodType): KeyEntry[] {
  const inner = unwrap(schema);
  if (inner instanceof z.ZodObject) {
    return Object.entries(inner.shape as Record<string, z.ZodType>).flatMap(([name, child]) =>
      walk([...path, name], child),
    );
  }
  if (inner instanceof z.ZodArray && inner.element instanceof z.ZodObject)
    return walk([...path, item], inner.element);
  if (inner instanceof z.ZodRecord) return walk([...path, app], inner.valueType as z.ZodType);
  return [{ path, schema, ...keyFacts.get(schema) }];
}

function unwrap(schema: z.ZodType): z.ZodType {
  const isWrapper =
    schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault || schema instanceof z.ZodNullable;
  return isWrapper ? unwrap(schema.unwrap() as z.ZodType) : schema;
}

/** The names that may stand below a path of a real configuration, `_file` twins included. */
export function namesBelow(keys: readonly KeyEntry[], path: readonly string[]): readonly string[] {
  const below = keys.filter(
    (key) => key.path.length > path.length && path.every((part, at) => fits(key.path[at], part)),
  );
  const names = below.flatMap((key) => {
    const name = key.path[path.length] ?? '';
    return key.secret === true && key.path.length === path.length + 1 ? [name, `${name}_file`] : [name];
  });
  return [...new Set(names)];
}

/** The entry of a path of a real configuration. */
export function findKey(keys: readonly KeyEntry[], path: readonly string[]): KeyEntry | null {
  return (
    keys.find(
      (key) => key.path.length === path.length && path.every((part, at) => fits(key.path[at], part)),
    ) ?? null
  );
}

function fits(pattern: string | undefined, part: string): boolean {
  return pattern === part || pattern === app || (pattern === item && /^\d+$/.test(part));
}
