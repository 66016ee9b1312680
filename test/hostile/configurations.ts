import { listKeys } from '../../src/config/key-table';

/** One configuration: a YAML file, environment variables, and the files that both name. */
export interface HostileConfiguration {
  readonly yaml: string | null;
  readonly env: Readonly<Record<string, string>>;
  readonly files: Readonly<Record<string, string | Buffer>>;
}

/** Part of every secret in a generated configuration: no output may contain it. */
export const marker = 'M4rk3rS3cr3tV4lu3';

/** mulberry32: the same seed, the same configurations. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A secret in the shapes that operators leave it in, most of them broken. */
const secretShapes: readonly string[] = [
  marker,
  `${marker},`,
  `"${marker}"`,
  ` ${marker} `,
  `#${marker}`,
  `${marker}\u200B`,
  `${marker}\u0001`,
  `!${marker}`,
  `*${marker}`,
  `&${marker}`,
  `{"private_key":"${marker}"}`,
  `{"type":"service_account","project_id":"p","client_email":"${marker}","private_key":"${marker}"}`,
  `-----BEGIN PRIVATE KEY-----\n${marker}\n-----END PRIVATE KEY-----\n`,
  `-----BEGIN CERTIFICATE-----\n${marker}\n-----END CERTIFICATE-----\n`,
  Buffer.from(`-----BEGIN PRIVATE KEY-----\n${marker}\n`).toString('base64'),
];

const urlShapes: readonly string[] = ['https', 'http', 'redis', 'rediss', 'socks5'].flatMap((scheme) => [
  `${scheme}://user:${marker}@host:6379/0`,
  `${scheme}://:${marker}@host`,
  `${scheme}://${marker}@host`,
  `${scheme}://user:%${marker}@host`,
  `${scheme}://user:p@ss/${marker}@host`,
  `${scheme}://user:p#${marker}@host`,
  `${scheme}://host/?token=${marker}`,
  `${scheme}://host#${marker}`,
  `${scheme}:/user:${marker}@host`,
  `${scheme}://user:${marker}@`,
  `${scheme}://user:${marker}@host:99999`,
  `${scheme}://a,${scheme}://user:${marker}@b`,
  `user:${marker}@host`,
]);

const plainValues: readonly string[] = [
  ...['', ' ', ',', '\n', '0', '-1', '1e20', '0x1F', '007', '1.5', 'NaN', '99999999999999999999'],
  ...[
    'true',
    'no',
    'off',
    '~',
    'null',
    '2026-01-01',
    '10s',
    '1GiB',
    '0.0.0.0',
    '::',
    '0.0.0.0/0',
    'localhost',
  ],
  ...[
    '${X}',
    '[]',
    '{}',
    'real',
    'sandbox',
    'production',
    'ABCDE12345',
    'com.example.app',
    '\u0000',
    'ä',
    '%',
  ],
];

/** A generator of configurations by grammar: keys of the schema, every way in, values right and wrong. */
export class Configurations {
  readonly #random: () => number;
  readonly #keys = listKeys();

  constructor(seed: number) {
    this.#random = seeded(seed);
  }

  next(): HostileConfiguration {
    const env: Record<string, string> = {};
    const files: Record<string, string> = {};
    const tree: Record<string, unknown> = {};
    const count = 1 + this.#below(4);
    for (let index = 0; index < count; index += 1) this.#setKey(env, files, tree);
    if (this.#below(3) === 0) env['HOST'] = this.#pick(['0.0.0.0', '127.0.0.1', '::']);
    if (this.#below(4) === 0)
      env[this.#pick(['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY'])] = this.#pick(urlShapes);
    const yaml = Object.keys(tree).length === 0 ? null : this.#written(JSON.stringify(tree));
    return { yaml, env, files };
  }

  #setKey(env: Record<string, string>, files: Record<string, string>, tree: Record<string, unknown>): void {
    const entry = this.#pick(this.#keys);
    const isUrl = /url|proxy|sentinels/.test(entry.path.at(-1) ?? '');
    const value = this.#pick(isUrl ? urlShapes : entry.secret === true ? secretShapes : plainValues);
    const way = this.#below(4);
    if (entry.env !== undefined && way === 0 && !value.includes('\0')) env[entry.env] = value;
    else if (entry.env !== undefined && entry.secret === true && way === 1) {
      const file = `/secrets/file-${String(Object.keys(files).length)}`;
      files[file] = value;
      env[`${entry.env}_FILE`] = file;
    } else this.#setInTree(tree, entry.path, way === 2 ? [value, value] : value);
  }

  #setInTree(tree: Record<string, unknown>, path: readonly string[], value: unknown): void {
    // Sometimes the value stands a level too high: `redis: redis://…`.
    const names = path.map((name) => (name === 'NAME' ? 'default' : name));
    const depth = this.#below(8) === 0 ? Math.max(1, names.length - 1) : names.length;
    let node = tree;
    for (const name of names.slice(0, depth - 1)) {
      const next = node[name];
      if (typeof next === 'object' && next !== null && !Array.isArray(next))
        node = next as Record<string, unknown>;
      else node = node[name] = {};
    }
    node[names[depth - 1] ?? ''] = value;
  }

  /** JSON is YAML; some of the quotes are left out, and some files are cut off. */
  #written(json: string): string {
    if (this.#below(10) === 0) return json.slice(0, Math.floor(json.length * this.#random()));
    return this.#below(4) === 0
      ? json.replaceAll(/"([^"\\{}[\],:#]+)"/g, '$1').replaceAll(/([:,])(?=\S)/g, '$1 ')
      : json;
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  #pick<T>(values: readonly T[]): T {
    const value = values[this.#below(values.length)];
    if (value === undefined) throw new Error('nothing to pick from');
    return value;
  }
}
