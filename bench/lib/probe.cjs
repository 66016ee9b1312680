'use strict';
/**
 * Preloaded into the process that is measured: on SIGWINCH it writes down to PROBE_FILE what it has used so far.
 * With PROBE_LOOP it also watches how late its event loop is, since the last look; that costs, so not by default.
 */
const { openSync, readSync, renameSync, writeFileSync } = require('node:fs');

const file = process.env.PROBE_FILE;
const everyMs = 2;
let looks = 0;
let loop = null;

/** How long the main thread stood in line for a processor so far: what others took is no stall of its own. */
function waitedMsReader() {
  try {
    const descriptor = openSync(`/proc/self/task/${process.pid}/schedstat`, 'r');
    const bytes = Buffer.alloc(64);
    return () =>
      Number(bytes.toString('latin1', 0, readSync(descriptor, bytes, 0, 64, 0)).split(' ')[1]) / 1e6;
  } catch {
    return () => 0;
  }
}

function watchLoop() {
  const waitedMs = waitedMsReader();
  const seen = { lateMs: 0, ownMs: 0 };
  let [last, lastWaited] = [performance.now(), waitedMs()];
  const timer = setInterval(() => {
    const [now, waited] = [performance.now(), waitedMs()];
    const late = now - last - everyMs;
    seen.lateMs = Math.max(seen.lateMs, late);
    seen.ownMs = Math.max(seen.ownMs, late - (waited - lastWaited));
    [last, lastWaited] = [now, waited];
  }, everyMs);
  timer.unref();
  return seen;
}

if (process.env.PROBE_LOOP) loop = watchLoop();

process.on('SIGWINCH', () => {
  const { userCPUTime, systemCPUTime } = process.resourceUsage();
  looks += 1;
  const report = { look: looks, cpuMicros: userCPUTime + systemCPUTime, loop };
  writeFileSync(`${file}.draft`, JSON.stringify(report));
  renameSync(`${file}.draft`, file);
  if (loop !== null) Object.assign(loop, { lateMs: 0, ownMs: 0 });
});
