import { once } from 'node:events';
import { Registry } from 'prom-client';
import { watchEventLoop } from './event-loop-delay';

/** The value of a line of the exposition; NaN where there is none. */
async function valueOf(registry: Registry, series: string): Promise<number> {
  const line = (await registry.metrics()).split('\n').find((one) => one.startsWith(`${series} `));
  return Number(line?.slice(series.length));
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1));
}

describe('the event loop delay', () => {
  it('shows a stall that is over before anybody asks', async () => {
    const registry = new Registry();
    const watch = watchEventLoop(registry);
    const until = performance.now() + 80;
    while (performance.now() < until);
    while (!((await valueOf(registry, 'relay_event_loop_delay_seconds_count')) > 0)) await nextTurn();
    watch.stop();
    const upTo50 = await valueOf(registry, 'relay_event_loop_delay_seconds_bucket{le="0.05"}');
    const all = await valueOf(registry, 'relay_event_loop_delay_seconds_count');
    expect(all - upTo50).toBeGreaterThanOrEqual(1);
  });

  it('looks no more once it is stopped', async () => {
    const registry = new Registry();
    const watch = watchEventLoop(registry);
    watch.stop();
    watch.stop();
    await once(AbortSignal.timeout(30), 'abort');
    expect(await valueOf(registry, 'relay_event_loop_delay_seconds_count')).toBe(0);
  });
});
