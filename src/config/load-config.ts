import { dirname, resolve } from 'node:path';
import type { Clock } from '../domain/clock';
import type { Config } from './config';
import { deepFreeze } from './deep-freeze';
import type { Environment } from './read/environment';
import { processId, readProxyEnvironment, readVariable } from './read/environment';
import { ConfigInput } from './read/input';
import { listKeys } from './key-table';
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
  const { yamlPath, problems: fileProblems } = readConfigFile(options, input);
  const twinProblems = yamlPath === null ? [] : resolveYamlTwins(input, keys, yamlPath, options.readFile);
  const isDataDirOfFile = input.has(['data_dir']);
  const overlay = overlayEnvironment(input, keys, options);
  const { sections, problems: parseProblems } = parseSections(input, keys);
  const proxies = readProxyEnvironment(options.env);
  const hasAdmin = input.has(['server', 'admin', 'port']);
  const passed = readListenSockets(options.env, { pid: processId(), hasAdmin });
  const { sockets } = passed;
  const emptyVariables = findEmpty(options.env, input);
  const rules = checkRules({ input, sections, proxies, sockets, clock: options.clock, emptyVariables });
  const warnings = [...overlay.warnings, ...passed.warnings, ...rules.warnings];
  const problems = withoutRepeats([
    ...fileProblems,
    ...twinProblems,
    ...overlay.problems,
    ...passed.problems,
    ...parseProblems,
    ...rules.problems,
  ]);
  if (problems.length > 0 || rules.whole === null) return { ok: false, problems, warnings };
  const isFromFile = isDataDirOfFile && readVariable(options.env, 'DATA_DIR') === null && yamlPath !== null;
  const dataDir = resolve(isFromFile ? dirname(yamlPath) : options.cwd, rules.whole.data_dir);
  const providers = { ...rules.whole.providers, mode: rules.mode };
  const effective = { ...rules.whole, data_dir: dataDir, providers };
  const config = deepFreeze(toConfig(effective, rules.mode, proxies, sockets));
  return { ok: true, config, warnings, printable: { effective, input, keys } };
}

function readConfigFile(
  options: LoadOptions,
  input: ConfigInput,
): { yamlPath: string | null; problems: ConfigProblem[] } {
  const fromEnvironment = options.configPath === null ? readVariable(options.env, 'RELAY_CONFIG') : null;
  const path = options.configPath ?? fromEnvironment;
  if (path === null) return { yamlPath: null, problems: [] };
  const yamlPath = resolve(options.cwd, path);
  const source = fromEnvironment === null ? '--config' : 'RELAY_CONFIG';
  const result = readText(yamlPath, { isBinary: false, mayBeEmpty: true }, options.readFile);
  if (result.ok) return { yamlPath, problems: readYaml(result.text, yamlPath, input) };
  return { yamlPath, problems: [{ key: yamlPath, source, message: result.message }] };
}

/** `API_KEYS=` where nothing else sets the key: `${KEY}` of a variable that is empty ends so. */
function findEmpty(env: Environment, input: ConfigInput): string[] {
  const variables = [
    ['WEBHOOK_SECRET', ['webhook', 'secrets']],
    ['WEBHOOK_ALLOW_FROM', ['webhook', 'allow_from']],
    ['API_KEYS', ['api', 'keys']],
  ] as const;
  return variables.flatMap(([name, path]) =>
    input.has(path) ? [] : [name, `${name}_FILE`].filter((each) => env[each] === ''),
  );
}

/** Two checks may find the same fault; the first says it best. */
function withoutRepeats(problems: readonly ConfigProblem[]): ConfigProblem[] {
  const seen = new Set<string>();
  return problems.filter(({ key, message }) => {
    const id = `${key}\n${message}`;
    return seen.has(id) ? false : seen.add(id);
  });
}
