'use strict';
const { systemClock } = require('../../dist/domain/clock.js');

/** `node -r` before the relay: at each SIGWINCH a minute passes by its monotonic clock, for what is paced by minutes. */
const { monotonicMs } = systemClock;
let passedMs = 0;
systemClock.monotonicMs = () => monotonicMs() + passedMs;
process.on('SIGWINCH', () => {
  passedMs += 60_000;
});
