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
  const result = loadConfig({
    configPath,
    env: io.env,
    cwd: io.cwd,
    clock: io.clock,
    readFile: (path) => io.readFile(path),
  });
  if (result.ok) return result;
  const count = result.problems.length;
  const lines = [
    'The configuration is not valid:',
    ...result.problems.map((problem) => `  ${problemLine(problem)}`),
    ...result.warnings.map((warning) => `  warning: ${warningLine(warning)}`),
    count === 1 ? '1 problem.' : `${String(count)} problems.`,
  ];
  io.stderr.write(`${lines.join('\n')}\n`);
  return null;
}
