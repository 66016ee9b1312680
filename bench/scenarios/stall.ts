import { BenchStore } from '../lib/bench-store';
import { atMost, type Measurement } from '../lib/measurement';
import { devicesOf, uidOf, type Population } from '../lib/population';
import { median, round } from '../lib/statistics';
import { webhookBody } from '../lib/webhook-body';
import { WebhookLoad } from '../lib/webhook-load';
import type { Scenario, World } from '../lib/world';

const limitMs = 50;
const metricName = 'relay_event_loop_delay_seconds';

export const stall: Scenario = {
  name: 'stall',
  title: 'The longest stall of the event loop while a message to a group of 100,000 is taken and worked off',
  async run(world) {
    const found: Measurement[] = [];
    for (const kind of world.options.stores) {
      if (kind === 'redis-always') continue;
      found.push(await measure(world, kind));
    }
    return found;
  },
};

async function measure(world: World, kind: 'embedded' | 'redis'): Promise<Measurement> {
  const { providers } = world;
  const population: Population = {
    prefix: 'member-of-the-group-number-',
    people: world.scaled(100_000),
    phones: ['apns'],
  };
  await using store = await BenchStore.create(kind);
  await store.register(devicesOf(population));
  const relay = await world.startRelay(store, { watchesLoop: true });
  const load = await WebhookLoad.open(relay.url, 1);
  const to = Array.from({ length: population.people }, (_, number) => uidOf(population, number));
  const stalls: { readonly lateMs: number; readonly ownMs: number }[] = [];
  const beyond: number[] = [];
  // The first one, in which the code is still cold, counts like the others: it is what a group meets after a restart.
  for (let run = 0; run < Math.max(2, world.options.runs); run += 1) {
    const { accepted: before } = await providers.ask();
    const overBefore = await overLimit(relay);
    await relay.usage();
    await load.press({
      count: 1,
      mayGo: () => true,
      make: () => webhookBody({ from: 'alice', to, groupId: 'everyone', text: `hello ${run}` }),
    });
    await providers.until(() => providers.accepted - before >= population.people);
    stalls.push((await relay.usage()).loop ?? { lateMs: Number.NaN, ownMs: Number.NaN });
    await relay.idle();
    beyond.push((await overLimit(relay)) - overBefore);
  }
  load.close();
  await relay.stop();
  const longest = round(median(stalls.map(({ ownMs }) => ownMs)));
  return {
    key: `stall/${kind}`,
    what: `${kind}, ${population.people} members`,
    values: [
      { name: 'longest', value: longest, unit: 'ms' },
      { name: 'in any run', value: round(Math.max(...stalls.map(({ ownMs }) => ownMs))), unit: 'ms' },
      {
        name: 'with the wait for a processor',
        value: round(median(stalls.map(({ lateMs }) => lateMs))),
        unit: 'ms',
      },
      { name: 'over 50 ms by the metric, a run', value: median(beyond), unit: '' },
    ],
    targets: [atMost('ms', longest, limitMs)],
  };
}

/** How many stalls the relay's own metric has counted. */
async function overLimit(relay: { metric(name: string, labels?: Record<string, string>): Promise<number> }) {
  const all = await relay.metric(`${metricName}_count`);
  return all - (await relay.metric(`${metricName}_bucket`, { le: '0.05' }));
}
