import type { Acceptance } from './tally';

/** What the providers' own record says of the moments before a kill, in deliveries. */
export interface AnsweredLately {
  /** Answered within the window: their progress need not be on disk yet. */
  readonly lately: number;
  /** Answered before it, of recipients with another device that was not: progress is written of whole recipients. */
  readonly halves: number;
}

/**
 * @param windowMs how long before the kill progress may not have been on disk yet
 * @param recipients the deliveries of each recipient of each message
 */
export function answeredLately(
  acceptances: readonly Acceptance[],
  recipients: readonly (readonly string[])[],
  killedAtMs: number,
  windowMs: number,
): AnsweredLately {
  const early = new Set<string>();
  const late = new Set<string>();
  for (const { key, atMs } of acceptances) {
    if (atMs > killedAtMs) continue;
    if (atMs < killedAtMs - windowMs) early.add(key);
    else late.add(key);
  }
  let halves = 0;
  for (const deliveries of recipients) {
    const done = deliveries.filter((key) => early.has(key)).length;
    if (done < deliveries.length) halves += done;
  }
  return { lately: late.size, halves };
}
