import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const loader = join(__dirname, 'typescript.cjs');

/** Runs a TypeScript file to its end: the signal that ended it, and the lines that it had written by then. */
export async function runDyingChild(
  file: string,
  ...args: readonly string[]
): Promise<{ readonly signal: string | null; readonly lines: readonly string[] }> {
  const child = spawn(process.execPath, ['-r', loader, file, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const [, signal] = (await once(child, 'close')) as [number | null, string | null];
  return { signal, lines: said.split('\n').filter((line) => line !== '') };
}
