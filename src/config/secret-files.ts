import { dirname, isAbsolute, resolve } from 'node:path';
import type { Environment } from './environment';
import { readVariable } from './environment';
import type { ConfigInput, KeyPath } from './input';
import { isTree, toKey } from './input';
import type { KeyEntry } from './key-table';
import { findKey } from './key-table';
import type { ConfigProblem } from './problem';

/** Reads a whole file; throws what node:fs throws. */
export type ReadFile = (path: string) => Buffer;

const MAX_SECRET_BYTES = 1024 * 1024;

export interface FileContent {
  readonly text: string | null;
  readonly problem: ConfigProblem | null;
}

/** Reads the file that holds a key's value; a problem names the key and the file. */
export function readSecretFile(
  key: string,
  source: string,
  path: string,
  isBinary: boolean,
  readFile: ReadFile,
): FileContent {
  const problem = (expected: string, got?: string): FileContent => ({
    text: null,
    problem: { key, source: `${source}=${path}`, expected, ...(got === undefined ? {} : { got }) },
  });
  let content: Buffer;
  try {
    content = readFile(path);
  } catch (error) {
    return problem('a readable file', errorCode(error));
  }
  if (content.length > MAX_SECRET_BYTES)
    return problem('a file of at most 1 MiB', `${String(content.length)} bytes`);
  const text = isBinary
    ? content.toString('base64')
    : content
        .toString('utf8')
        .replace(/^\uFEFF/, '')
        .replace(/[\r\n]+$/, '');
  return text.trim() === '' ? problem('a file that is not empty') : { text, problem: null };
}

export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : 'an error';
}

/** Replaces every `x_file` of the tree by the `x` that the file holds; relative names start at the YAML file. */
export function resolveYamlTwins(
  input: ConfigInput,
  keys: readonly KeyEntry[],
  yamlFile: string,
  readFile: ReadFile,
): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  for (const path of twinPaths(input.tree, [])) {
    const base = [...path.slice(0, -1), (path.at(-1) ?? '').replace(/_file$/, '')];
    const entry = findKey(keys, base);
    if (entry?.secret !== true) continue;
    const file = input.get(path);
    const source = input.sourceOf(path) ?? toKey(path);
    input.remove(path);
    if (typeof file !== 'string') {
      problems.push({ key: toKey(path), source, expected: 'the name of a file' });
    } else if (input.has(base)) {
      problems.push({
        key: toKey(base),
        source,
        expected: `either ${toKey(base)} or ${toKey(path)}, not both`,
      });
    } else {
      const absolute = isAbsolute(file) ? file : resolve(dirname(yamlFile), file);
      const { text, problem } = readSecretFile(
        toKey(base),
        toKey(path),
        absolute,
        entry.binary === true,
        readFile,
      );
      if (problem !== null) problems.push(problem);
      if (text !== null) input.set(base, text, `${toKey(path)}=${absolute}`);
    }
  }
  return problems;
}

function twinPaths(node: unknown, path: KeyPath): KeyPath[] {
  if (!isTree(node)) return [];
  return Object.entries(node).flatMap(([name, value]) => {
    const here = [...path, name];
    return name.endsWith('_file') ? [here] : twinPaths(value, here);
  });
}

export interface EnvironmentValue {
  readonly value: string;
  readonly source: string;
}

/** The value that a variable or its `_FILE` twin gives; null when neither does. */
export function readTwinVariable(
  entry: KeyEntry & { readonly env: string },
  key: string,
  options: { readonly env: Environment; readonly cwd: string; readonly readFile: ReadFile },
): { readonly found: EnvironmentValue | null; readonly problem: ConfigProblem | null } {
  const direct = readVariable(options.env, entry.env);
  const twin = `${entry.env}_FILE`;
  const file = entry.secret === true ? readVariable(options.env, twin) : null;
  if (direct !== null && file !== null) {
    return {
      found: null,
      problem: { key, source: `${entry.env}, ${twin}`, expected: `either ${entry.env} or ${twin}, not both` },
    };
  }
  if (direct !== null) return { found: { value: direct, source: entry.env }, problem: null };
  if (file === null) return { found: null, problem: null };
  const absolute = resolve(options.cwd, file);
  const { text, problem } = readSecretFile(key, twin, absolute, entry.binary === true, options.readFile);
  return { found: text === null ? null : { value: text, source: `${twin}=${absolute}` }, problem };
}
