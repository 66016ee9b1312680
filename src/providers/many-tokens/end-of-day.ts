const dayMs = 86_400_000;
/** Without daylight saving time since 1991. */
const shanghaiMs = 8 * 3_600_000;
/** So soon after midnight an answer may have been on its way, the vendor's clock behind ours, or its count not begun anew yet. */
const lateMs = 30 * 60_000;
const askedAgainMs = 10 * 60_000;

/**
 * When a daily quota that is used up is there again; ms since the epoch. Makers count by the day of Shanghai. What is refused right after
 * midnight is still yesterday's quota: it must not cost the whole new day, so it is asked for again soon.
 */
export function quotaAgainAtMs(nowMs: number): number {
  const ofDayMs = (nowMs + shanghaiMs) % dayMs;
  return ofDayMs < lateMs ? nowMs + askedAgainMs : nowMs - ofDayMs + dayMs;
}
