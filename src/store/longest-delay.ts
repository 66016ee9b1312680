/**
 * No retry waits longer: a device's own wait is at most an hour and a quarter, anything else at most the cap of 15 minutes and
 * its floor. A due time further ahead was stored by a clock that has been put right since.
 */
export const longestDelayMs = 2 * 3_600_000;
