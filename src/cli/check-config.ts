import type { Command } from 'commander';
import { maskedYaml } from '../config/masked-config';
import { warningLine } from '../config/problem';
import type { CliContext } from './cli-io';
import { loadOrExplain } from './load-or-explain';

export function addCheckConfig(program: Command, { io, finish }: CliContext): void {
  program
    .command('check-config')
    .description('Check the configuration and print what is in effect, secrets masked.')
    .option('-c, --config <file>', 'YAML file (default: RELAY_CONFIG, else the environment alone)')
    .addHelpText('after', EXAMPLES)
    .action(({ config }: { config?: string }) => {
      const loaded = loadOrExplain(config ?? null, io);
      if (loaded === null) {
        finish(2);
        return;
      }
      for (const warning of loaded.warnings) io.stderr.write(`warning: ${warningLine(warning)}\n`);
      io.stdout.write(`${maskedYaml(loaded.printable)}\n${verdict(loaded.warnings.length)}\n`);
    });
}

/** A comment, so that all of the output is YAML. */
function verdict(warnings: number): string {
  const also =
    warnings === 0 ? '' : ` There ${warnings === 1 ? 'is 1 warning' : `are ${String(warnings)} warnings`}.`;
  return `# The configuration is valid.${also}`;
}

const EXAMPLES = `
The output is YAML in the words of the file: first what was set, as comments, then every key with what is in effect. A value
that was set has its source behind it. The last line is the verdict.

Examples:
  $ wukongim-push-relay check-config --config relay.yaml
  $ docker run --rm --env-file relay.env wukongim-push-relay check-config

Exit codes: 0 the configuration is valid (warnings go to the error output), 2 it is not; all problems are listed.`;
