import { readFile, rm } from 'node:fs/promises';
import { eventually, metric } from '../helpers/client';
import type { RelayProcess } from '../helpers/relay-process';

/** What a relay process holds right after a collection of its garbage (test/helpers/inspected.cjs). */
interface Inspection {
  readonly rssMb: number;
  /** Without pages of mapped files, which are the kernel's cache: LMDB maps its whole file. */
  readonly anonymousMb: number;
  readonly heapMb: number;
  readonly descriptors: number;
  /** By process.getActiveResourcesInfo(): sockets, timers, requests under way. */
  readonly handles: number;
}

export interface Sample extends Inspection {
  /** Since the load began. */
  readonly atMs: number;
  readonly depth: number;
  readonly accepted: number;
}

export async function takeSample(
  relay: RelayProcess,
  inspectFile: string,
  atMs: number,
  accepted: number,
): Promise<Sample> {
  await rm(inspectFile, { force: true });
  relay.signal('SIGWINCH');
  const text = await eventually(
    () => readFile(inspectFile, 'utf8').catch(() => null),
    (found) => found !== null || relay.child.exitCode !== null,
  );
  const inspection = JSON.parse(text ?? '') as Inspection;
  return { ...inspection, atMs, accepted, depth: await metric(relay.url, 'relay_inbox_depth') };
}

/** By least squares over the samples; 0 with fewer than two. */
export function growthAMinute(samples: readonly Sample[], read: (sample: Sample) => number): number {
  const mean = (of: (sample: Sample) => number) =>
    samples.reduce((sum, sample) => sum + of(sample), 0) / samples.length;
  const [meanAt, meanValue] = [mean(({ atMs }) => atMs), mean(read)];
  let [above, below] = [0, 0];
  for (const sample of samples) {
    above += (sample.atMs - meanAt) * (read(sample) - meanValue);
    below += (sample.atMs - meanAt) ** 2;
  }
  return below === 0 ? 0 : (above / below) * 60_000;
}
