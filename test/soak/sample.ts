import { readdir, readFile } from 'node:fs/promises';
import { metric } from '../helpers/client';

export interface Sample {
  /** Since the load began. */
  readonly atMs: number;
  readonly rssMb: number;
  /** Without pages of mapped files, which are the kernel's cache: LMDB maps its whole file. */
  readonly anonymousMb: number;
  readonly descriptors: number;
  readonly depth: number;
  readonly accepted: number;
}

/** What a relay process holds now, as Linux sees it. */
export async function takeSample(
  relay: { readonly pid: number; readonly url: string },
  atMs: number,
  accepted: number,
): Promise<Sample> {
  const status = await readFile(`/proc/${relay.pid}/status`, 'utf8');
  const megabytes = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1024;
  return {
    atMs,
    rssMb: megabytes('VmRSS'),
    anonymousMb: megabytes('RssAnon'),
    descriptors: (await readdir(`/proc/${relay.pid}/fd`)).length,
    depth: await metric(relay.url, 'relay_inbox_depth'),
    accepted,
  };
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
