import { isDeepStrictEqual } from 'node:util';
import { isObject } from '../shared/json-object';
import type { z } from 'zod';
import { Document, isNode, isSeq } from 'yaml';
import type { ConfigInput, KeyPath } from './read/input';
import { toKey } from './read/input';
import type { KeyEntry } from './key-table';
import { findKey } from './key-table';
import { quantityText, units } from './leaves/numbers';
import type { Sections } from './schema';
import { Secret } from './secret';

/** What a configuration is printed from. */
export interface EffectiveConfig {
  readonly effective: Sections;
  readonly input: ConfigInput;
  readonly keys: readonly KeyEntry[];
}

/**
 * The effective configuration as YAML, secrets masked: first, as comments, what was set and differs from the defaults, then
 * everything. A value that was set has its source behind it, and is shown as it was written.
 */
export function maskedYaml({ effective, input, keys }: EffectiveConfig): string {
  const printed = print(effective, [], { input, keys });
  const isDefault = (key: string): boolean => {
    const standard = findKey(keys, key.split('.'))?.schema.safeParse(undefined);
    return standard?.success === true && isDeepStrictEqual(standard.data, valueAt(effective, key));
  };
  const document = new Document(printed);
  annotate(document, printed, [], input);
  const set = [...input.sources()]
    .map(([key, source]) => ({ key, source, value: valueAt(printed, key), isDefault: isDefault(key) }))
    .filter(({ value }) => value !== undefined && !isObject(value));
  const lines = (of: boolean, head: string): string[] => {
    const some = set.filter((one) => one.isDefault === of);
    const text = some.map(({ key, value, source }) => `# ${key}: ${JSON.stringify(value)} (${source})`);
    return text.length === 0 ? [] : [head, ...text];
  };
  const head = set.length === 0 ? ['# Nothing is set; all keys have their defaults.'] : [];
  const all = [...head, ...lines(false, '# Set:'), ...lines(true, '# Set to the default:')];
  return `${all.join('\n')}\n\n# In effect, defaults included:\n${document.toString({ lineWidth: 0 })}`;
}

/** One key of the configuration in effect, as it may be shown. */
export interface ShownKey {
  readonly key: string;
  /** On one line; a secret is masked. Null: the key has neither a value nor a default. */
  readonly value: string | null;
  /** Where it was set; null: nowhere. */
  readonly source: string | null;
}

/** Every key, those that were set first. */
export function maskedKeys({ effective, input, keys }: EffectiveConfig): readonly ShownKey[] {
  const sources = input.sources();
  const shown = leavesOf(print(effective, [], { input, keys }), []).map(({ key, value }) => ({
    key,
    value: value === null || value === undefined ? null : textOf(value),
    // Of a list of mappings each key has a source of its own.
    source: sources.get(key) ?? [...sources].find(([other]) => other.startsWith(`${key}.`))?.[1] ?? null,
  }));
  return [...shown.filter(({ source }) => source !== null), ...shown.filter(({ source }) => source === null)];
}

function leavesOf(value: unknown, path: readonly string[]): { key: string; value: unknown }[] {
  if (!isObject(value)) return [{ key: path.join('.'), value }];
  return Object.entries(value).flatMap(([name, child]) => leavesOf(child, [...path, name]));
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

interface Context {
  readonly input: ConfigInput;
  readonly keys: readonly KeyEntry[];
}

function print(value: unknown, path: KeyPath, context: Context): unknown {
  if (value instanceof Secret) return value.toString();
  if (Array.isArray(value))
    return value.length === 0
      ? null
      : value.map((item, at) => print(item, isObject(item) ? [...path, String(at)] : path, context));
  if (!isObject(value)) return printNumber(value, path, context);
  const isServiceAccount = 'clientEmail' in value || 'subAccount' in value;
  const entries = Object.entries(value).map(([name, child]) => {
    const shown = isServiceAccount ? toSnakeCase(name) : name;
    return [shown, print(child, [...path, name], context)] as const;
  });
  return Object.fromEntries(entries);
}

/** A quantity as it was written, or else in the unit that reads best. */
function printNumber(value: unknown, path: KeyPath, { input, keys }: Context): unknown {
  const schema = findKey(keys, path)?.schema;
  const unit = schema === undefined ? undefined : unitOf(schema);
  if (unit === undefined || typeof value !== 'number') return value;
  const written = input.get(path);
  return typeof written === 'string' ? written.trim() : quantityText(value, unit);
}

function unitOf(schema: z.ZodType): 'bytes' | 'seconds' | 'milliseconds' | undefined {
  const own = units.get(schema)?.unit;
  if (own !== undefined) return own;
  const { innerType } = schema.def as { innerType?: z.ZodType };
  return innerType === undefined ? undefined : unitOf(innerType);
}

function valueAt(tree: unknown, key: string): unknown {
  return key.split('.').reduce<unknown>((node, name) => (isObject(node) ? node[name] : undefined), tree);
}

function toSnakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function annotate(document: Document, value: unknown, path: readonly string[], input: ConfigInput): void {
  const source = input.sources().get(toKey(path));
  if (source !== undefined && !isObject(value)) {
    const node: unknown = document.getIn(path, true);
    if (isSeq(node) && node.items.length > 0) node.commentBefore = ` ${source}`;
    else if (isNode(node)) node.comment = ` ${source}`;
  }
  if (!isObject(value)) return;
  for (const [name, child] of Object.entries(value)) annotate(document, child, [...path, name], input);
}
