import type { Command } from 'commander';
import { Findings } from '../../compose/doctor/finding';
import type { DoctorOptions } from '../../compose/doctor/options';
import { withoutEffect } from '../../config/without-effect';
import { systemRandom } from '../../domain/clock';
import type { CliContext, CliIo, ExitCode } from '../cli-io';
import { readNamedFile } from '../api-options';
import { readConfig } from '../load-or-explain';
import { JsonReport, TextReport } from './report';

interface DoctorCommand {
  readonly config?: string;
  readonly webhookUrl?: string;
  readonly wukongimConfig?: string;
  readonly json?: true;
}

export function addDoctor(program: Command, { io, finish }: CliContext): void {
  program
    .command('doctor')
    .description(
      'Check the configuration, the store, the clock, each provider and WuKongIM, and print what to fix.',
    )
    .option('-c, --config <file>', 'YAML file (default: RELAY_CONFIG, else the environment alone)')
    .option('--webhook-url <url>', 'the address that WuKongIM calls, with its secret')
    .option('--wukongim-config <file>', "WuKongIM's configuration file: wk.yaml (v2) or wukongim.toml (main)")
    .option('--json', 'print JSON')
    .addHelpText('after', examples)
    .action(async (command: DoctorCommand) => finish(await doctor(command, io)));
}

const examples = `
Run it where the relay runs, with the relay's environment. It may run beside the relay. No phone gets anything: providers are asked
with a device token that no phone has, or only validate the call. On Redis it makes what serve makes at its start, and nothing else.
docs/doctor.md lists all checks.

Examples:
  $ wukongim-push-relay doctor --config relay.yaml
  $ wukongim-push-relay doctor --webhook-url http://relay:8080/webhook/SECRET --wukongim-config wk.yaml
  $ wukongim-push-relay doctor --json

Exit codes: 0 nothing failed (there may be warnings), 1 a check failed, 2 usage, or the configuration is wrong.`;

async function doctor(command: DoctorCommand, io: CliIo): Promise<ExitCode> {
  const inputs = readInputs(command, io);
  if (typeof inputs === 'string') {
    io.stderr.write(`${inputs}\n`);
    return 2;
  }
  const report = command.json === true ? new JsonReport(io) : new TextReport(io);
  const configuration = configurationFindings(command.config ?? null, io);
  for (const finding of configuration.findings) report.add(finding);
  const { config } = configuration;
  if (config !== null) {
    const { examine } = await import('../../compose/doctor/doctor.js');
    const { clock } = io;
    for await (const finding of examine({ config, ...inputs, clock, random: systemRandom }))
      report.add(finding);
  }
  const failed = report.end();
  return config === null ? 2 : failed ? 1 : 0;
}

type Inputs = Pick<DoctorOptions, 'webhookUrl' | 'wukongimFile'>;

/** What the options name, or what is wrong with them. */
function readInputs(command: DoctorCommand, io: CliIo): Inputs | string {
  const { webhookUrl = null, wukongimConfig } = command;
  // It may hold the secret, so it is not shown.
  if (webhookUrl !== null && (!/^https?:\/\/[^/]/i.test(webhookUrl) || !URL.canParse(webhookUrl)))
    return '--webhook-url: expected http(s)://host[:port]/path';
  if (wukongimConfig === undefined) return { webhookUrl, wukongimFile: null };
  const file = readNamedFile(wukongimConfig, io);
  if (!file.ok) return `--wukongim-config ${wukongimConfig}: ${file.message}`;
  return { webhookUrl, wukongimFile: { name: wukongimConfig, text: file.text } };
}

function configurationFindings(configPath: string | null, io: CliIo) {
  const findings = new Findings('configuration');
  const result = readConfig(configPath, io);
  for (const warning of result.warnings)
    findings.warning(warning.key, warning.message, 'Correct the key, or keep it on purpose.');
  if (!result.ok) {
    for (const problem of result.problems)
      findings.failed(
        problem.key,
        problem.source === null ? problem.message : `${problem.message} (${problem.source})`,
        'Correct it. The other checks need a valid configuration.',
      );
    return { findings: findings.all, config: null };
  }
  for (const { key, message } of withoutEffect(result.printable))
    findings.warning(key, message, 'Remove it, or set what it needs.');
  const { config } = result;
  const apps = config.apps.map(({ name }) => name).join(', ');
  if (findings.all.length === 0) findings.ok('', `It is valid. Apps: ${apps}.`);
  return { findings: findings.all, config };
}
