const dayMs = 86_400_000;
/** Without daylight saving time since 1991. */
const shanghaiMs = 8 * 3_600_000;

/** The next midnight in Shanghai, where the makers count their daily quotas; ms since the epoch. */
export function endOfDayInShanghai(nowMs: number): number {
  return (Math.floor((nowMs + shanghaiMs) / dayMs) + 1) * dayMs - shanghaiMs;
}
