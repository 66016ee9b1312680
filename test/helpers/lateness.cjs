'use strict';
const { openSync, readSync } = require('node:fs');

/** How late the event loop of this process runs, by a timer that should come every 5 ms. */
class Lateness {
  constructor() {
    this.schedule = openSchedule();
    this.dueAt = performance.now() + everyMs;
    this.ranMs = this.readRanMs();
    /** The latest: { at, ms }, and for how long the thread was on a processor since the one before: `ownMs`. */
    this.late = [];
    this.timer = setInterval(() => {
      const now = performance.now();
      const ranMs = this.readRanMs();
      this.late.push({ at: now, ms: Math.max(0, now - this.dueAt), ownMs: ranMs - this.ranMs });
      this.ranMs = ranMs;
      this.dueAt = now + everyMs;
      if (this.late.length >= 40_000) this.late.splice(0, 20_000);
    }, everyMs);
    this.timer.unref();
  }

  /** Of the last second, the turn that is under way included. */
  worstMs() {
    const now = performance.now();
    let worst = Math.max(0, now - this.dueAt);
    for (const { at, ms } of this.late) if (at >= now - 1_000) worst = Math.max(worst, ms);
    return worst;
  }

  /** The longest turns by what they computed, as { atMs (since the epoch), ownMs }. */
  longestOwn() {
    const sorted = [...this.late].sort((one, other) => other.ownMs - one.ownMs).slice(0, 100);
    return sorted.map(({ at, ownMs }) => ({ atMs: performance.timeOrigin + at, ownMs }));
  }

  /** For how long the main thread has been on a processor; 0 where the system does not tell. */
  readRanMs() {
    if (this.schedule === null) return 0;
    const buffer = Buffer.alloc(128);
    const text = buffer.toString('latin1', 0, readSync(this.schedule, buffer, 0, 128, 0));
    return Number(text.split(' ')[0]) / 1e6;
  }
}

function openSchedule() {
  try {
    return openSync(`/proc/self/task/${process.pid}/schedstat`, 'r');
  } catch {
    return null;
  }
}

const everyMs = 5;

module.exports = { Lateness };
