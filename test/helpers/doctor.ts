import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Finding } from '../../src/compose/doctor/finding';
import { temporaryDirectory } from './relay-process';
import type { runCommand, runInProcess } from './run-command';

/** What `doctor --json` printed. */
export interface Report {
  readonly code: number | null;
  readonly verdict: string;
  readonly findings: readonly Finding[];
  of(check: string, subject?: string): Finding | undefined;
}

export interface Run {
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  readonly yaml?: string;
}

/** Runs doctor in a folder of its own, which is the data directory, too. */
export async function examine(
  run: typeof runInProcess | typeof runCommand,
  { env = {}, args = [], yaml }: Run,
): Promise<Report> {
  const folder = await temporaryDirectory();
  const config = join(folder, 'relay.yaml');
  await writeFile(config, yaml ?? '');
  const words = ['doctor', '--json', '--config', config, ...args];
  const { code, stdout, stderr } = await run(words, { env: { DATA_DIR: folder, ...env }, cwd: folder });
  await rm(folder, { recursive: true });
  if (stdout === '') throw new Error(stderr);
  const report = JSON.parse(stdout) as Pick<Report, 'verdict' | 'findings'>;
  const of: Report['of'] = (check, subject) =>
    report.findings.find((one) => one.check === check && (subject === undefined || one.subject === subject));
  return { code, ...report, of };
}
