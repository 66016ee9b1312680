import { spawnSync } from 'node:child_process';
import { cpus } from 'node:os';

/** Whether the measured process can have a processor of its own. */
export function canPin(): boolean {
  return cpus().length > 1 && spawnSync('taskset', ['--version']).status === 0;
}

/** All threads of the process, and those to come: what it does in a second is then what one core does. */
export function pinToFirst(pid: number): void {
  pin(pid, '0');
}

/** The bench itself, and all that it starts from now on. */
export function leaveFirst(): void {
  pin(process.pid, `1-${cpus().length - 1}`);
}

function pin(pid: number, list: string): void {
  const { status, stderr } = spawnSync('taskset', ['-a', '-p', '-c', list, String(pid)], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`taskset: ${stderr}`);
}
