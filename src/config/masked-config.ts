import { Document, isNode, isSeq } from 'yaml';
import { toKey } from './input';
import type { Sections } from './schema';
import { Secret } from './secret';

/** The effective configuration as YAML, secrets masked, each value that was set with its source behind it. */
export function maskedYaml(effective: Sections, sources: ReadonlyMap<string, string>): string {
  const document = new Document(mask(effective));
  annotate(document, mask(effective), [], sources);
  return document.toString({ lineWidth: 0 });
}

function mask(value: unknown): unknown {
  if (value instanceof Secret) return value.toString();
  if (Array.isArray(value)) return value.map(mask);
  if (typeof value !== 'object' || value === null) return value;
  const isServiceAccount = 'clientEmail' in value;
  return Object.fromEntries(
    Object.entries(value).map(([name, child]) => [isServiceAccount ? toSnakeCase(name) : name, mask(child)]),
  );
}

function toSnakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function annotate(
  document: Document,
  value: unknown,
  path: readonly string[],
  sources: ReadonlyMap<string, string>,
): void {
  const source = sources.get(toKey(path));
  const isMapping = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (source !== undefined && !isMapping) {
    const node: unknown = document.getIn(path, true);
    if (isSeq(node) && node.items.length > 0) node.commentBefore = ` ${source}`;
    else if (isNode(node)) node.comment = ` ${source}`;
  }
  if (!isMapping) return;
  for (const [name, child] of Object.entries(value)) annotate(document, child, [...path, name], sources);
}
