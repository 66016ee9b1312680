/*
 * Open this file first: it is what the readers here build: a tree, and where each value comes from. `yaml-file.ts` reads the
 * file (`yaml-fault.ts` says what is wrong with it), `environment.ts` and `overlay.ts` the variables, `secret-files.ts` the files that hold secrets, `google-credentials.ts`
 * Google's own variable. `parse-sections.ts` checks the tree by section. `read-file.ts` and `bounded-file.ts` read files
 * safely. `strange-variables.ts` recognizes variables of other servers, `listen-sockets.ts` sockets of systemd, and
 * `locales-directory.ts` the operator's texts.
 */

/** A path of the configuration, `['server', 'admin', 'port']`. */
export type KeyPath = readonly string[];

export interface InputTree {
  [name: string]: unknown;
}

/** What the operator said, before it is checked: a tree of values, and where each came from. */
export class ConfigInput {
  readonly tree: InputTree = Object.create(null) as InputTree;
  readonly #sources = new Map<string, string>();
  readonly #failed = new Set<string>();
  readonly #leftEmpty = new Map<string, string>();

  set(path: KeyPath, value: unknown, source: string): void {
    let node = this.tree;
    for (const name of path.slice(0, -1)) {
      const next = node[name];
      // An item of a list has its index as its name.
      if (isTree(next) || Array.isArray(next)) node = next as InputTree;
      else node = node[name] = Object.create(null) as InputTree;
    }
    const last = path.at(-1);
    if (last === undefined) return;
    node[last] = value;
    this.#sources.set(toKey(path), source);
  }

  get(path: KeyPath): unknown {
    return path.reduce<unknown>(
      (node, name) => (isTree(node) || Array.isArray(node) ? (node as InputTree)[name] : undefined),
      this.tree,
    );
  }

  /** True when something was written there; whether it yields a value is for the parsed section to say. */
  has(path: KeyPath): boolean {
    return this.get(path) !== undefined || this.#failed.has(toKey(path));
  }

  /** The key was set to something that could not be read, and that has been reported. */
  fail(path: KeyPath): void {
    this.#failed.add(toKey(path));
  }

  /** The key is written, with nothing behind it: it counts as not set. */
  leaveEmpty(path: KeyPath, source: string): void {
    this.#leftEmpty.set(toKey(path), source);
  }

  /** Where the key is left empty; null: it is not. */
  leftEmpty(path: KeyPath): string | null {
    return this.#leftEmpty.get(toKey(path)) ?? null;
  }

  remove(path: KeyPath): void {
    const parent = this.get(path.slice(0, -1));
    const last = path.at(-1);
    if (isTree(parent) && last !== undefined) Reflect.deleteProperty(parent, last);
    this.#sources.delete(toKey(path));
  }

  /** The source of the value, or of the nearest thing around it; null when nothing was said. */
  sourceOf(path: KeyPath): string | null {
    for (let length = path.length; length > 0; length--) {
      const source = this.#sources.get(toKey(path.slice(0, length)));
      if (source !== undefined) return source;
    }
    return null;
  }

  sources(): ReadonlyMap<string, string> {
    return this.#sources;
  }
}

export function isTree(value: unknown): value is InputTree {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !Buffer.isBuffer(value);
}

export function toKey(path: readonly PropertyKey[]): string {
  return path.reduce<string>((key, part) => {
    if (typeof part === 'number') return `${key}[${String(part)}]`;
    return key === '' ? String(part) : `${key}.${String(part)}`;
  }, '');
}
