import { basename } from 'node:path';
import type { Document } from 'yaml';
import { isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml';
import type { ConfigInput, KeyPath } from './input';
import type { ConfigProblem } from './problem';

/** Reads a YAML text into the input; the source of a value is `file.yaml:line`. */
export function readYaml(text: string, file: string, input: ConfigInput): ConfigProblem[] {
  const lines = new LineCounter();
  // Without prettyErrors, because those quote the line, and the line may hold a secret.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, strict: true });
  const name = basename(file);
  if (document.errors.length > 0) {
    return document.errors.map((error) => ({
      key: file,
      source: `${name}:${String(lines.linePos(error.pos[0]).line)}`,
      expected: 'valid YAML',
      got: error.code,
    }));
  }
  const { contents } = document;
  if (contents === null || (isScalar(contents) && contents.value === null)) return [];
  if (!isMap(contents)) return [{ key: file, source: name, expected: 'a mapping of sections' }];
  return fill(document, name, lines, file, input);
}

function fill(
  document: Document,
  name: string,
  lines: LineCounter,
  file: string,
  input: ConfigInput,
): ConfigProblem[] {
  const lineOf = (path: KeyPath): string => {
    const node: unknown = document.getIn(path, true);
    const at = isNode(node) ? node.range?.[0] : undefined;
    return at === undefined ? name : `${name}:${String(lines.linePos(at).line)}`;
  };
  let tree: unknown;
  try {
    tree = document.toJS({ maxAliasCount: 100 });
  } catch {
    return [{ key: file, source: name, expected: 'fewer YAML aliases' }];
  }
  copy(tree as object, [], lineOf, input);
  return [];
}

function copy(node: object, path: KeyPath, lineOf: (path: KeyPath) => string, input: ConfigInput): void {
  for (const [name, value] of Object.entries(node) as [string, unknown][]) {
    const here = [...path, name];
    // A key with nothing behind it says nothing.
    if (value === null || value === undefined) continue;
    if (typeof value === 'object' && !Array.isArray(value)) {
      input.set(here, Object.create(null), lineOf(here));
      copy(value, here, lineOf, input);
    } else {
      input.set(here, value, lineOf(here));
    }
  }
}
