import type { LoadResult } from '../config/load-config';
import { loadConfig } from '../config/load-config';
import { problemLine } from '../config/problem';
import type { CliIo } from './cli-io';

export type LoadedConfig = Extract<LoadResult, { ok: true }>;

/** The configuration; or null, and everything that is wrong with it stands on the error output (exit code 2). */
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
  const title = `The configuration has ${count === 1 ? 'a problem' : `${String(count)} problems`}:`;
  io.stderr.write(
    `${[title, ...result.problems.map((problem) => `  ${problemLine(problem)}`)].join('\n')}\n`,
  );
  return null;
}
