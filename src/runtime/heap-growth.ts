import { constants, PerformanceObserver, type PerformanceEntry } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';

/** How far the heap may grow before V8 collects all of it. */
const wantedBytes = 70e6;
/** In use while nothing is on its way. */
const idleBytes = 30e6;
/** What an open push holds, with its share of its entry. */
const pushBytes = 2_400;
/** A heap that is far beyond what is wanted must not be collected all the time. */
const leastPercent = 40;
/** A smaller change is not worth a call. */
const leastChange = 5;
const intervalMs = 250;

export interface HeapGrowth {
  /** Safe to call twice. */
  stop(): void;
}

/**
 * By how much V8 may let the heap grow between two full collections, in percent of what was in use after the last one.
 * Many pushes leave little room, because what they hold is not garbage.
 */
export function growthPercent(usedBytes: number, pushesInFlight: number): number {
  const heldBytes = Math.max(usedBytes, idleBytes + pushesInFlight * pushBytes);
  return Math.max(leastPercent, Math.round((wantedBytes / heldBytes - 1) * 100));
}

/**
 * Tells V8 by how much the heap may grow, for as long as the process runs: see docs/decisions/0013. V8 asks at the end of
 * each full collection, so what will be held by the next one counts as well, which is why the pushes do.
 */
export function limitHeapGrowth(pushesInFlight: () => number, setFlags = setFlagsFromString): HeapGrowth {
  let usedBytes = 0;
  let last = 0;
  const adjust = (): void => {
    const percent = growthPercent(usedBytes, pushesInFlight());
    if (Math.abs(percent - last) < leastChange) return;
    last = percent;
    setFlags(`--heap-growing-percent=${percent}`);
  };
  const observer = new PerformanceObserver((list) => {
    if (list.getEntries().some(isFullCollection)) usedBytes = process.memoryUsage().heapUsed;
  });
  observer.observe({ entryTypes: ['gc'] });
  const timer = setInterval(adjust, intervalMs);
  timer.unref();
  adjust();
  return {
    stop: () => {
      clearInterval(timer);
      observer.disconnect();
    },
  };
}

/** An entry of type gc says of which kind it was. */
function isFullCollection(entry: PerformanceEntry): boolean {
  const { detail } = entry as PerformanceEntry & { readonly detail?: { readonly kind?: number } };
  return detail?.kind === constants.NODE_PERFORMANCE_GC_MAJOR;
}
