import { cpus, loadavg, release, totalmem, type } from 'node:os';

export interface Machine {
  readonly model: string;
  readonly processors: number;
  readonly memoryGb: number;
  readonly system: string;
  readonly node: string;
  /** One-minute load averages at the begin and at the end: above the bench's own two, others were working. */
  readonly loadBefore: number;
  readonly loadAfter: number;
}

export function machine(loadBefore: number): Machine {
  return {
    model: cpus()[0]?.model.trim() ?? 'unknown',
    processors: cpus().length,
    memoryGb: Math.round(totalmem() / 1024 ** 3),
    system: `${type()} ${release()}`,
    node: process.version,
    loadBefore: Math.round(loadBefore * 10) / 10,
    loadAfter: Math.round((loadavg()[0] ?? 0) * 10) / 10,
  };
}
