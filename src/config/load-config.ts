/*
 * Open this file first: it reads the file and the environment (`read/`), checks each key (`schema.ts`, `sections/`, `leaves/`),
 * then keys together (`rules.ts`, `rules/`), and converts the result (`to-config.ts`) into one frozen `config.ts` (`deep-freeze.ts`). `key.ts` and
 * `key-table.ts` list the keys, `did-you-mean.ts` and `key-hints.ts` help with unknown ones. `problem.ts`,
 * `shown-value.ts`, `masked-config.ts` and `secret.ts` show no secret. `credentials/` reads keys and certificates, `cidr.ts`,
 * `proxy.ts` and `redis-url.ts` addresses. `config-changes.ts` compares two configurations for a reload, and `without-effect.ts`
 * finds keys that do nothing. `json-schema.ts` describes the file for editors.
 */

import { dirname, resolve } from 'node:path';
import type { TextOverrides } from '../content/catalogues';
import type { Clock } from '../domain/clock';
import type { Config } from './config';
import { deepFreeze } from './deep-freeze';
import type { Environment } from './read/environment';
import { processId, readProxyEnvironment, readVariable } from './read/environment';
import { ConfigInput, toKey } from './read/input';
import { listKeys } from './key-table';
import { readLocales } from './read/locales-directory';
import { readListenSockets } from './read/listen-sockets';
import { overlayEnvironment } from './read/overlay';
import { parseSections } from './read/parse-sections';
import type { EffectiveConfig } from './masked-config';
import type { ConfigProblem, ConfigWarning } from './problem';
import { checkRules } from './rules';
import type { ReadFile } from './read/read-file';
import { readText } from './read/read-file';
import { resolveYamlTwins } from './read/secret-files';
import { toConfig } from './to-config';
import { readYaml } from './read/yaml-file';

export interface LoadOptions {
  /** `--config`; null: RELAY_CONFIG, else no file. */
  readonly configPath: string | null;
  readonly env: Environment;
  readonly readFile: ReadFile;
  /** Where relative names of the command line and the environment start. */
  readonly cwd: string;
  readonly clock: Clock;
}

export type LoadResult =
  | {
      readonly ok: true;
      readonly config: Config;
      readonly warnings: readonly ConfigWarning[];
      /** What `check-config` prints. */
      readonly printable: EffectiveConfig;
    }
  | {
      readonly ok: false;
      readonly problems: readonly ConfigProblem[];
      readonly warnings: readonly ConfigWarning[];
    };

/** Reads file and environment into one frozen configuration, or says everything that is wrong with them. */
export function loadConfig(options: LoadOptions): LoadResult {
  const keys = listKeys();
  const input = new ConfigInput();
  const { yamlPath, isRead, problems: fileProblems } = readConfigFile(options, input);
  const twinProblems = yamlPath === null ? [] : resolveYamlTwins(input, keys, yamlPath, options.readFile);
  const isDataDirOfFile = input.has(['data_dir']);
  const overlay = overlayEnvironment(input, keys, options);
  const { sections, problems: parseProblems } = parseSections(input, keys);
  const proxies = readProxyEnvironment(options.env);
  const hasAdmin = input.has(['server', 'admin', 'port']);
  const passed = readListenSockets(options.env, { pid: processId(), hasAdmin });
  const { sockets } = passed;
  const leftEmpty = findEmpty(options.env, input);
  // Of a file that could not be read, rules would report as missing what it sets.
  const unread = [...twinProblems, ...overlay.problems].map(({ key }) => key);
  const rules = isRead
    ? checkRules({ input, sections, unread, proxies, sockets, clock: options.clock })
    : null;
  const locales = readLocalesOf(options, input, sections.content?.locales_dir ?? null, yamlPath);
  const warnings = [...leftEmpty, ...overlay.warnings, ...passed.warnings, ...(rules?.warnings ?? [])];
  const problems = withoutRepeats([
    ...fileProblems,
    ...twinProblems,
    ...overlay.problems,
    ...passed.problems,
    ...parseProblems,
    ...(rules?.problems ?? []),
    ...locales.problems,
  ]);
  if (problems.length > 0 || rules === null || rules.whole === null) return { ok: false, problems, warnings };
  const isFromFile = isDataDirOfFile && readVariable(options.env, 'DATA_DIR') === null && yamlPath !== null;
  const dataDir = resolve(isFromFile ? dirname(yamlPath) : options.cwd, rules.whole.data_dir);
  const providers = { ...rules.whole.providers, mode: rules.mode };
  const effective = { ...rules.whole, data_dir: dataDir, providers };
  const config = deepFreeze(toConfig(effective, rules.mode, proxies, sockets, locales.texts));
  return { ok: true, config, warnings, printable: { effective, input, keys } };
}

interface ConfigFile {
  readonly yamlPath: string | null;
  /** False: nothing is known of the keys that the file sets. */
  readonly isRead: boolean;
  readonly problems: ConfigProblem[];
}

function readConfigFile(options: LoadOptions, input: ConfigInput): ConfigFile {
  const fromEnvironment = options.configPath === null ? readVariable(options.env, 'RELAY_CONFIG') : null;
  const path = options.configPath ?? fromEnvironment;
  if (path === null) return { yamlPath: null, isRead: true, problems: [] };
  const yamlPath = resolve(options.cwd, path);
  const source = fromEnvironment === null ? '--config' : 'RELAY_CONFIG';
  const result = readText(yamlPath, { isBinary: false, mayBeEmpty: true }, options.readFile);
  if (!result.ok) {
    const problems = [{ key: yamlPath, source, message: result.message }];
    return { yamlPath, isRead: false, problems };
  }
  const problems = readYaml(result.text, yamlPath, input);
  return { yamlPath, isRead: problems.every(({ key }) => key !== yamlPath), problems };
}

/** A relative name starts where the file is. */
function readLocalesOf(
  { cwd, readFile }: LoadOptions,
  input: ConfigInput,
  directory: string | null,
  yamlPath: string | null,
): { texts: TextOverrides; problems: ConfigProblem[] } {
  if (directory === null) return { texts: {}, problems: [] };
  const key = 'content.locales_dir';
  const source = input.sourceOf(key.split('.'));
  const path = resolve(yamlPath === null ? cwd : dirname(yamlPath), directory);
  const { texts, faults } = readLocales(path, readFile);
  return { texts, problems: faults.map((message) => ({ key, source, message })) };
}

/**
 * Keys that let somebody in, keep somebody out or sign something, and that are set to nothing: `API_KEYS=` where nothing else sets the key
 * (so ends `${KEY}` of a variable that is empty), or `keys:` whose items are comments.
 */
function findEmpty(env: Environment, input: ConfigInput): ConfigWarning[] {
  const guards = [
    [
      ['WEBHOOK_SECRET', 'WEBHOOK_SECRET_FILE'],
      ['webhook', 'secrets'],
    ],
    [['WEBHOOK_ALLOW_FROM'], ['webhook', 'allow_from']],
    [
      ['API_KEYS', 'API_KEYS_FILE'],
      ['api', 'keys'],
    ],
    [[], ['api', 'user_tokens', 'issuer']],
    [[], ['api', 'user_tokens', 'audience']],
    [[], ['api', 'user_tokens', 'algorithms']],
    [[], ['server', 'trusted_proxies']],
    [[], ['resolver', 'secret']],
    [[], ['feedback', 'secret']],
  ] as const;
  return guards.flatMap(([variables, path]) => {
    if (input.has(path)) return [];
    const twin = [...path.slice(0, -1), `${path.at(-1) ?? ''}_file`];
    return [
      ...variables
        .filter((name) => env[name] === '')
        .map((key) => ({ key, message: setToNothing('variable') })),
      ...[path, twin].flatMap((written) => {
        const line = input.leftEmpty(written);
        return line === null ? [] : [{ key: `${toKey(written)} (${line})`, message: setToNothing('key') }];
      }),
    ];
  });
}

const setToNothing = (what: string): string => `this ${what} is set and empty, which counts as not set`;

/** Two checks may find the same fault; the first says it best. */
function withoutRepeats(problems: readonly ConfigProblem[]): ConfigProblem[] {
  const seen = new Set<string>();
  return problems.filter(({ key, message }) => {
    const id = `${key}\n${message}`;
    return seen.has(id) ? false : seen.add(id);
  });
}
