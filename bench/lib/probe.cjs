'use strict';
/**
 * Preloaded into the process that is measured: on SIGUSR2 it writes down to PROBE_FILE what it has used so far.
 * With PROBE_LOOP it also watches how late its event loop is, since the last look; that costs, so not by default.
 */
const { monitorEventLoopDelay } = require('node:perf_hooks');
const { renameSync, writeFileSync } = require('node:fs');

const file = process.env.PROBE_FILE;
const resolutionMs = 1;
const delay = process.env.PROBE_LOOP ? monitorEventLoopDelay({ resolution: resolutionMs }) : null;
delay?.enable();
let looks = 0;

process.on('SIGUSR2', () => {
  const { userCPUTime, systemCPUTime } = process.resourceUsage();
  looks += 1;
  const report = {
    look: looks,
    cpuMicros: userCPUTime + systemCPUTime,
    // What is recorded is the time from one tick to the next.
    loopMaxMs: delay === null ? null : Math.max(0, delay.max / 1e6 - resolutionMs),
  };
  delay?.reset();
  writeFileSync(`${file}.draft`, JSON.stringify(report));
  renameSync(`${file}.draft`, file);
});
