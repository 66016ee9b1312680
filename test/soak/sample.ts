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

/** The median of the slopes between any two samples (Theil and Sen), so that a single one beside the others counts little; 0 with fewer than two. */
export function growthAMinute(samples: readonly Sample[], read: (sample: Sample) => number): number {
  const slopes = samples.flatMap((later, index) =>
    samples.slice(0, index).map((earlier) => (read(later) - read(earlier)) / (later.atMs - earlier.atMs)),
  );
  return medianOf(slopes) * 60_000;
}

/** 0 of none. */
export function medianOf(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
}
