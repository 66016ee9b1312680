import type { Command } from 'commander';
import { configurationSchema } from '../config/json-schema';
import { maskedKeys, maskedYaml, type EffectiveConfig } from '../config/masked-config';
import type { ConfigProblem, ConfigWarning } from '../config/problem';
import { warningLine } from '../config/problem';
import { withoutEffect } from '../config/without-effect';
import type { CliContext, CliIo } from './cli-io';
import { explainProblems, readConfig } from './load-or-explain';

export function addCheckConfig(program: Command, { io, finish }: CliContext): void {
  program
    .command('check-config')
    .description('Check the configuration and print the effective values, with masked secrets.')
    .option('-c, --config <file>', 'YAML file (default: RELAY_CONFIG, else the environment alone)')
    .option('--json', 'print JSON')
    .option('--schema', 'print a JSON Schema of the configuration file, and check nothing')
    .addHelpText('after', examples)
    .action(async ({ config, json, schema }: CheckOptions) => {
      const print = (value: object): void => io.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
      if (schema === true) {
        print(configurationSchema());
        return;
      }
      const checked = await check(config ?? null, io);
      const { problems, warnings, printable } = checked;
      if (problems.length > 0) finish(2);
      if (json === true) {
        const keys = printable === null ? [] : maskedKeys(printable);
        print({ valid: problems.length === 0, problems, warnings, keys });
      } else if (problems.length > 0 || printable === null) explainProblems(checked, io);
      else {
        for (const warning of warnings) io.stderr.write(`warning: ${warningLine(warning)}\n`);
        io.stdout.write(`${maskedYaml(printable)}\n${verdict(warnings.length)}\n`);
      }
    });
}

interface CheckOptions {
  readonly config?: string;
  readonly json?: true;
  readonly schema?: true;
}

interface Checked {
  readonly problems: readonly ConfigProblem[];
  readonly warnings: readonly ConfigWarning[];
  /** Null: it cannot be read as a whole. */
  readonly printable: EffectiveConfig | null;
}

async function check(configPath: string | null, io: CliIo): Promise<Checked> {
  const loaded = readConfig(configPath, io);
  if (!loaded.ok) return { ...loaded, printable: null };
  const { config, printable } = loaded;
  const { preflight } = await import('../compose/preflight.js');
  const warnings = [...loaded.warnings, ...withoutEffect(printable)];
  return { problems: await preflight(config), warnings, printable };
}

/** A comment, so that all of the output is YAML. */
function verdict(warnings: number): string {
  const also =
    warnings === 0 ? '' : ` There ${warnings === 1 ? 'is 1 warning' : `are ${String(warnings)} warnings`}.`;
  return `# The configuration is valid.${also}`;
}

const examples = `
The output is YAML: first the values that differ from the defaults, as comments, then each key with its effective value and, if it
was set, its source. Units are as written. The last line is the verdict. It is the verdict of serve on this machine and for this user: check-config checks the data
directory, and gets the project from Google's default credentials if none is set. It creates nothing.

Examples:
  $ wukongim-push-relay check-config --config relay.yaml
  $ wukongim-push-relay check-config --schema > relay.schema.json
  $ docker run --rm --env-file relay.env wukongim-push-relay check-config

Exit codes: 0 the configuration is valid (warnings go to the error output), 2 it is invalid, and all problems are listed.`;
