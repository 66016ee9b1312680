import { Histogram, type Registry } from 'prom-client';

/** How often the loop is looked at: what passes between two looks is not seen. */
const resolutionMs = 5;
const buckets = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5];

export interface EventLoopWatch {
  /** Safe to call twice. */
  stop(): void;
}

/**
 * `relay_event_loop_delay_seconds`: how late a timer of 5 ms fires, of every one of them, so that one long stall shows
 * between any two scrapes. Node's own gauges (`nodejs_eventloop_lag_*`) begin anew with each scrape, whoever asks, and
 * their histogram cannot be read bucket by bucket, which is why a plain timer looks; it costs 0.2 % of a core. A time in
 * which the system gave the processor to somebody else counts as well: a webhook waits then, too.
 */
export function watchEventLoop(registry: Registry): EventLoopWatch {
  const delay = new Histogram({
    name: 'relay_event_loop_delay_seconds',
    help: 'How late the event loop is, looked at every 5 ms',
    buckets,
    registers: [registry],
  });
  let lastMs = performance.now();
  const timer = setInterval(() => {
    const nowMs = performance.now();
    delay.observe(Math.max(0, nowMs - lastMs - resolutionMs) / 1000);
    lastMs = nowMs;
  }, resolutionMs);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}
