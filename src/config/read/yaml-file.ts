import { basename } from 'node:path';
import type { Document, Node, Pair, YAMLMap } from 'yaml';
import { isAlias, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { ConfigInput, KeyPath } from './input';
import { toKey } from './input';
import type { ConfigProblem } from '../problem';
import { lookalikeHint } from '../leaves/written-text';
import { yamlFault } from './yaml-fault';

/** More nodes than any configuration has; aliases of aliases make millions out of a few lines. */
const maxNodes = 20_000;
const maxDepth = 30;

/**
 * Reads a YAML text into the input; the source of a value is `file.yaml:line`.
 *
 * Every scalar is taken as the text that is written there (YAML's failsafe schema): YAML itself would make 123456789 of the
 * secret 0123456789, 100000000000000000000 of 1e20, and false of an app named `no`.
 */
export function readYaml(text: string, file: string, input: ConfigInput): ConfigProblem[] {
  const lines = new LineCounter();
  // Without prettyErrors, because those quote the line, and the line may hold a secret.
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    strict: true,
    schema: 'failsafe',
  });
  const name = basename(file);
  const lineAt = (offset: number): string => `${name}:${String(lines.linePos(offset).line)}`;
  const faults = [...document.errors, ...document.warnings];
  if (faults.length > 0) {
    const lineNumbers = faults.map((error) => lines.linePos(error.pos[0]).line);
    return faults.flatMap((error, at) => {
      const line = lineNumbers[at] ?? 1;
      // One mistake makes several errors of its line.
      if (lineNumbers.indexOf(line) < at) return [];
      const message = `not valid YAML: ${yamlFault(error, text.split('\n')[line - 1] ?? '')}`;
      return [{ key: file, source: lineAt(error.pos[0]), message }];
    });
  }
  const { contents } = document;
  if (contents === null || (isScalar(contents) && isNothingWritten(contents))) return [];
  if (!isMap(contents)) return [{ key: file, source: name, message: noSections(text) }];
  const reader = new YamlReader(document, file, lineAt, input);
  reader.readMapping(contents, []);
  return reader.problems;
}

/** A file of another kind, whose content may be secret. */
function noSections(text: string): string {
  const isEnvironment = /^\s*(export\s+)?[A-Z][A-Z0-9_]*=/m.test(text);
  return isEnvironment
    ? 'expected a mapping of sections; this looks like a file of environment variables (NAME=value)'
    : `expected a mapping of sections${lookalikeHint(text)}`;
}

/** `key:`, `key: ~` and `key: null` set nothing. */
function isNothingWritten(node: { type?: string; source?: string }): boolean {
  return node.type === 'PLAIN' && /^(~|null|Null|NULL)?$/.test(node.source ?? '');
}

class YamlReader {
  readonly problems: ConfigProblem[] = [];
  #nodes = 0;
  readonly #document: Document;
  readonly #file: string;
  readonly #lineAt: (offset: number) => string;
  readonly #input: ConfigInput;

  constructor(document: Document, file: string, lineAt: (offset: number) => string, input: ConfigInput) {
    this.#document = document;
    this.#file = file;
    this.#lineAt = lineAt;
    this.#input = input;
  }

  readMapping(node: YAMLMap, path: KeyPath): void {
    const own = new Set(node.items.map(({ key }) => nameOf(key)));
    for (const pair of node.items) {
      const name = nameOf(pair.key);
      if (name === '<<') this.#merge(pair, own, path);
      else if (name === null) this.#problem(pair.key, path, 'expected a name before the colon');
      else this.#readValue(pair.value, [...path, name], pair.key);
    }
  }

  /** `<<: *base` and `<<: [*a, *b]`: their keys, where the mapping has none of that name. */
  #merge({ key, value }: Pair, own: ReadonlySet<string | null>, path: KeyPath): void {
    const target = this.#resolved(value, path);
    const bases = isSeq(target) ? target.items.map((item) => this.#resolved(item, path)) : [target];
    const seen = new Set(own);
    for (const base of bases) {
      if (!isMap(base)) {
        this.#problem(key, [...path, '<<'], 'expected an alias of a mapping, like *base');
        continue;
      }
      for (const pair of base.items) {
        const name = nameOf(pair.key);
        if (name !== null && name !== '<<' && !seen.has(name))
          this.#readValue(pair.value, [...path, name], pair.key);
        seen.add(name);
      }
    }
  }

  #readValue(written: unknown, path: KeyPath, key: unknown): void {
    const node = this.#resolved(written, path);
    if (!this.#isBounded(path)) return;
    // A mapping in block style begins on the line below its key.
    const source = this.#sourceOf(isNode(written) && !isMap(written) ? written : key);
    if (isMap(node)) {
      this.#input.set(path, Object.create(null), source);
      this.readMapping(node, path);
    } else if (isSeq(node)) {
      const items = node.items.map((item, index) => this.#itemOf(item, [...path, `[${String(index)}]`]));
      this.#input.set(path, items, source);
    } else {
      const text = this.#textOf(node, path);
      if (text === null) this.#input.leaveEmpty(path, source);
      else this.#input.set(path, text, source);
    }
  }

  /** An item of a list: a text, or a mapping or list that the key's own check refuses or reads. */
  #itemOf(written: unknown, path: KeyPath): unknown {
    const node = this.#resolved(written, path);
    if (!this.#isBounded(path)) return '';
    if (isSeq(node)) return node.items.map((item) => this.#itemOf(item, path));
    if (!isMap(node)) return this.#textOf(node, path) ?? '';
    const entries = node.items.map(({ key, value }): [string, unknown] => [
      nameOf(key) ?? '',
      this.#itemOf(value, path),
    ]);
    return Object.fromEntries(entries);
  }

  #textOf(node: unknown, path: KeyPath): string | null {
    if (!isScalar(node)) return null;
    if (!isNothingWritten(node)) return typeof node.value === 'string' ? node.value : (node.source ?? '');
    // `passphrase: &hunter2` is an anchor with nothing behind it, `passphrase: #hunter2` a comment.
    if (node.anchor !== undefined) this.#problem(node, path, 'a value that begins with & needs quotes');
    return null;
  }

  #resolved(node: unknown, path: KeyPath): unknown {
    if (!isAlias(node)) return node;
    const target = node.resolve(this.#document);
    if (target === undefined)
      this.#problem(
        node,
        path,
        'a value that begins with * needs quotes (it is read as an alias that nothing defines)',
      );
    return target;
  }

  #isBounded(path: KeyPath): boolean {
    this.#nodes += 1;
    if (this.#nodes <= maxNodes && path.length <= maxDepth) return true;
    if (this.problems.every(({ key }) => key !== this.#file))
      this.problems.push({
        key: this.#file,
        source: null,
        message: 'too large: expected fewer YAML aliases',
      });
    return false;
  }

  #problem(node: unknown, path: KeyPath, message: string): void {
    this.problems.push({ key: toKey(path) || this.#file, source: this.#sourceOf(node), message });
  }

  #sourceOf(node: unknown): string {
    const at = isNode(node) ? (node as Node).range?.[0] : undefined;
    return at === undefined ? basename(this.#file) : this.#lineAt(at);
  }
}

/** The key of a pair as it is written; null: it is no text. */
function nameOf(key: unknown): string | null {
  if (!isScalar(key)) return null;
  const name = typeof key.value === 'string' ? key.value : (key.source ?? '');
  return name === '' ? null : name;
}
