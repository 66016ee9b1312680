import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import type { Readable } from 'node:stream';
import { join } from 'node:path';

const hook = join(__dirname, '../../helpers/typescript.cjs');

export interface Child {
  readonly process: ChildProcessByStdio<null, Readable, Readable>;
  readonly lines: string[];
  /** Resolves when `enough` holds for the lines so far; rejects when the child ends before. */
  until(enough: (lines: readonly string[]) => boolean): Promise<void>;
  /** Resolves when it is gone and its last line was read. */
  kill(): Promise<void>;
  readonly ended: Promise<void>;
}

/** Starts a script beside this file, under the command in `wrap` if there is one. */
export function startChild(
  mode: string,
  directory: string,
  {
    wrap = [],
    script = 'embedded-child.ts',
  }: { readonly wrap?: readonly string[]; readonly script?: string } = {},
): Child {
  const [command = process.execPath, ...args] = [
    ...wrap,
    process.execPath,
    '-r',
    hook,
    join(__dirname, script),
    mode,
    directory,
  ];
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stderr.resume();
  const lines: string[] = [];
  const reader: Interface = createInterface({ input: child.stdout });
  const watchers = new Set<() => void>();
  reader.on('line', (line) => {
    lines.push(line);
    for (const watcher of [...watchers]) watcher();
  });
  const ended = Promise.all([once(child, 'exit'), once(reader, 'close')]).then(() => {
    for (const watcher of [...watchers]) watcher();
  });
  return {
    process: child,
    lines,
    ended,
    until(enough) {
      return new Promise((resolve, reject) => {
        const watcher = (): void => {
          if (enough(lines)) resolve();
          else if (child.exitCode !== null || child.signalCode !== null)
            reject(new Error(`the child ended early: ${lines.slice(-3).join(' | ')}`));
          else return;
          watchers.delete(watcher);
        };
        watchers.add(watcher);
        watcher();
      });
    },
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
