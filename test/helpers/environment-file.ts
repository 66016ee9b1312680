import { readFile } from 'node:fs/promises';

/** What `sandbox` writes: lines of `NAME=value`. */
export async function readEnvironmentFile(path: string): Promise<Record<string, string>> {
  const lines = (await readFile(path, 'utf8')).trim().split('\n');
  return Object.fromEntries(
    lines.map((line): [string, string] => {
      const mark = line.indexOf('=');
      return [line.slice(0, mark), line.slice(mark + 1)];
    }),
  );
}
