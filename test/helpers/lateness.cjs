'use strict';

/** How late the event loop of this process runs, by a timer that should come every 5 ms. */
class Lateness {
  constructor() {
    this.dueAt = performance.now() + everyMs;
    /** Of the last second at least, as { at, ms }. */
    this.late = [];
    this.timer = setInterval(() => {
      const now = performance.now();
      this.late.push({ at: now, ms: Math.max(0, now - this.dueAt) });
      this.dueAt = now + everyMs;
      if (this.late.length >= 2_000) this.late.splice(0, 1_000);
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
}

const everyMs = 5;

module.exports = { Lateness };
