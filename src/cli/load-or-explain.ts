import type { LoadResult } from '../config/load-config';
import { loadConfig } from '../config/load-config';
import { problemLine, warningLine } from '../config/problem';
import type { CliIo } from './cli-io';

export type LoadedConfig = Extract<LoadResult, { ok: true }>;

/**
 * The configuration; or null, and everything that is wrong with it is on the error output (exit code 2), with the warnings:
 * a mistyped variable is often why a key is missing.
 */
export function loadOrExplain(configPath: string | null, io: CliIo): LoadedConfig | null {
  const result = readConfig(configPath, io);
  if (result.ok) return result;
  explainProblems(result, io);
  return null;
}

export function readConfig(configPath: string | null, io: CliIo): LoadResult {
  const { env, cwd, clock } = io;
  return loadConfig({ configPath, env, cwd, clock, readFile: (path) => io.readFile(path) });
}

export function explainProblems(
  { problems, warnings }: Pick<Extract<LoadResult, { ok: false }>, 'problems' | 'warnings'>,
  { stderr }: Pick<CliIo, 'stderr'>,
): void {
  const count = problems.length;
  const lines = [
    'The configuration is not valid:',
    ...problems.map((problem) => `  ${problemLine(problem)}`),
    ...warnings.map((warning) => `  warning: ${warningLine(warning)}`),
    count === 1 ? '1 problem.' : `${String(count)} problems.`,
  ];
  stderr.write(`${lines.join('\n')}\n`);
}
