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
      io.stdout.write(maskedYaml(loaded.effective, loaded.sources));
    });
}

const EXAMPLES = `
The output is YAML in the words of the file, with every default. A value that was set has its source behind it.

Examples:
  $ wukongim-push-relay check-config --config relay.yaml
  $ docker run --rm --env-file relay.env wukongim-push-relay check-config

Exit codes: 0 the configuration is good (warnings go to the error output), 2 it is not; all problems are listed.`;
