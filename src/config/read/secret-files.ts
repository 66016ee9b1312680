import { dirname, isAbsolute, resolve } from 'node:path';
import type { Environment } from './environment';
import { readVariable, readVerbatim } from './environment';
import type { ConfigInput, KeyPath } from './input';
import { isTree, toKey } from './input';
import type { KeyEntry } from '../key-table';
import { findKey } from '../key-table';
import type { ConfigProblem } from '../problem';
import type { ReadFile } from './read-file';
import { readText } from './read-file';
import { shownFile } from '../shown-value';

export interface FileContent {
  readonly text: string | null;
  readonly problem: ConfigProblem | null;
}

/** Which key a file is for, and how its name was given. */
export interface SecretFile {
  readonly key: string;
  /** `APNS_KEY_FILE`, or `apps.default.apns.key_file`. */
  readonly namedBy: string;
  readonly written: string;
  readonly path: string;
  readonly isBinary: boolean;
  /** The variable that sets the same key; null: none does. */
  readonly variable: string | null;
}

/** Reads the file that holds a key's value; a problem names the key and the file. */
export function readSecretFile(file: SecretFile, readFile: ReadFile): FileContent {
  const result = readText(file.path, { isBinary: file.isBinary, mayBeEmpty: false }, readFile);
  if (result.ok) {
    const text = result.text.replace(/[\r\n]+$/, '');
    const problem = assignmentProblem(text, file.variable, file.key, fileSource(file));
    return { text: problem === null ? text : null, problem };
  }
  const isShown = shownFile(file.written) !== null;
  const hint = isShown ? '' : `; ${file.namedBy} takes the name of a file, not the value`;
  return {
    text: null,
    problem: { key: file.key, source: fileSource(file), message: `${result.message}${hint}` },
  };
}

/** `WEBHOOK_SECRET=…` as the value of WEBHOOK_SECRET: a line of an env file, whose name would belong to the secret. */
function assignmentProblem(
  text: string,
  variable: string | null,
  key: string,
  source: string,
): ConfigProblem | null {
  const isAssignment = variable !== null && new RegExp(`^\\s*(export\\s+)?${variable}\\s*=`).test(text);
  return isAssignment ? { key, source, message: `expected the value alone, without ${variable}=` } : null;
}

/** `APNS_KEY_FILE=/run/secrets/key`; without the name where the value itself may stand there. */
export function fileSource({ namedBy, written, path }: SecretFile): string {
  return shownFile(written) === null ? namedBy : `${namedBy}=${path}`;
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
      input.fail(base);
      problems.push({ key: toKey(path), source, message: 'expected the name of a file' });
    } else if (input.has(base)) {
      problems.push({
        key: toKey(base),
        source,
        message: `both are set; leave out ${toKey(base)} or ${toKey(path)}`,
      });
    } else {
      const absolute = isAbsolute(file) ? file : resolve(dirname(yamlFile), file);
      const named = {
        key: toKey(base),
        namedBy: toKey(path),
        written: file,
        path: absolute,
        isBinary: entry.binary === true,
        variable: entry.env ?? null,
      };
      const { text, problem } = readSecretFile(named, readFile);
      if (problem !== null) {
        input.fail(base);
        problems.push(problem);
      }
      if (text !== null) input.set(base, text, fileSource(named));
    }
  }
  return problems;
}

function twinPaths(node: unknown, path: KeyPath): KeyPath[] {
  if (!isTree(node) && !Array.isArray(node)) return [];
  return Object.entries(node).flatMap(([name, value]: [string, unknown]) => {
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
  const read = entry.verbatim === true ? readVerbatim : readVariable;
  const direct = read(options.env, entry.env);
  const twin = `${entry.env}_FILE`;
  const file = entry.secret === true ? readVariable(options.env, twin) : null;
  if (direct !== null && file !== null) {
    const message = `both are set; leave out ${entry.env} or ${twin}`;
    return { found: null, problem: { key, source: `${entry.env}, ${twin}`, message } };
  }
  if (direct !== null) {
    const problem = assignmentProblem(direct, entry.env, key, entry.env);
    return { found: problem === null ? { value: direct, source: entry.env } : null, problem };
  }
  if (file === null) return { found: null, problem: null };
  const path = resolve(options.cwd, file);
  const named = {
    key,
    namedBy: twin,
    written: file,
    path,
    isBinary: entry.binary === true,
    variable: entry.env,
  };
  const { text, problem } = readSecretFile(named, options.readFile);
  return { found: text === null ? null : { value: text, source: fileSource(named) }, problem };
}
