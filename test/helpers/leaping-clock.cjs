'use strict';
const { systemClock } = require('../../dist/domain/clock.js');

/**
 * `node -r` before the relay: its clocks for what is paced by minutes, or kept for hours.
 *
 * SIGWINCH          a minute passes.
 * CLOCK_AHEAD_HOURS how far its wall clock is ahead.
 */
const { now, monotonicMs } = systemClock;
const aheadMs = Number(process.env.CLOCK_AHEAD_HOURS ?? '0') * 3_600_000;
let passedMs = 0;
systemClock.now = () => now() + aheadMs + passedMs;
systemClock.monotonicMs = () => monotonicMs() + passedMs;
process.on('SIGWINCH', () => {
  passedMs += 60_000;
});
