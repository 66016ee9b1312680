import { once } from 'node:events';
import { BenchStore } from '../lib/bench-store';
import { burst } from '../lib/burst';
import { atMost, type Measurement } from '../lib/measurement';
import { memoryValues, MemoryWatch, type MemoryPeak } from '../lib/memory-watch';
import { devicesOf, uidOf, type Population } from '../lib/population';
import { webhookBody } from '../lib/webhook-body';
import { WebhookLoad } from '../lib/webhook-load';
import type { Scenario, World } from '../lib/world';
import { inFlight, roomForAll } from './slow-provider';

const limitMb = 350;
const phones = ['apns', 'apns', 'apns', 'apns', 'apns'] as const;

export const memory: Scenario = {
  name: 'memory',
  title: 'Memory of the relay at its worst hour',
  async run(world) {
    const found: Measurement[] = [];
    for (const kind of world.options.stores) {
      if (kind === 'redis-always') continue;
      found.push(await waiting(world, kind));
      found.push(await bodiesAtOnce(world, kind));
    }
    return found;
  },
};

function measurement(
  key: string,
  what: string,
  peak: MemoryPeak,
  values: Measurement['values'],
): Measurement {
  const target = atMost('MB resident', Math.round(peak.residentMb), limitMb);
  return { key, what, values: [...memoryValues(peak), ...values], targets: [target] };
}

/** The provider keeps 20,000 pushes without an answer, and 100,000 messages arrive behind them. */
async function waiting(world: World, kind: 'embedded' | 'redis'): Promise<Measurement> {
  const { providers } = world;
  const many: Population = { prefix: 'm', people: inFlight / phones.length, phones };
  const one: Population = { prefix: 'n', people: 10_000, phones: ['apns'] };
  await using store = await BenchStore.create(kind);
  await store.register(devicesOf(many));
  await store.register(devicesOf(one));
  const relay = await world.startRelay(store, roomForAll);
  const load = await WebhookLoad.open(relay.url);
  const make = (population: Population) => (index: number) =>
    webhookBody({
      from: 'alice',
      to: [uidOf(population, index % population.people)],
      text: `shall we meet at eight? ${index}`,
    });
  const post = (population: Population, count: number) =>
    load.press({ count, mayGo: () => true, make: make(population) });
  // A connection takes one push until its first answer.
  providers.order({ kind: 'behave', latencyMs: 50, takesStamps: false });
  await burst(world, relay, load, {
    messages: many.people,
    pushesPerMessage: phones.length,
    window: many.people,
    make: make(many),
  });
  providers.order({ kind: 'behave', latencyMs: 0, takesStamps: false });
  const watch = new MemoryWatch(relay);
  const { accepted: before } = await providers.ask();
  providers.order({ kind: 'hold' });
  const ahead = Math.round(many.people * 1.5);
  await post(many, ahead);
  const open = await openStreams(world);
  const messages = world.scaled(100_000);
  await post(one, messages);
  // What finds no room at the provider waits among the retries, what the store could not take in time in the journal.
  const places = ['relay_inbox_depth', 'relay_retries_pending', 'relay_journal_depth'];
  const depths = await Promise.all(places.map((name) => relay.metric(name)));
  const depth = depths.reduce((sum, count) => sum + count, 0);
  const peak = watch.end();
  const draining = new MemoryWatch(relay);
  providers.order({ kind: 'release' });
  await providers.until(() => providers.accepted - before >= messages + ahead * phones.length);
  await relay.idle();
  const afterwards = draining.end();
  load.close();
  await relay.stop();
  return measurement(
    `memory/${kind}/waiting`,
    `${kind}: ${open} pushes without an answer, ${messages} messages behind them`,
    {
      residentMb: Math.max(peak.residentMb, afterwards.residentMb),
      anonymousMb: Math.max(peak.anonymousMb, afterwards.anonymousMb),
    },
    [
      { name: 'waiting', value: depth, unit: '' },
      { name: 'open', value: open, unit: 'streams' },
    ],
  );
}

/** As many as the relay opens: asked until there are all, or until there come no more for a second. */
async function openStreams({ providers }: World): Promise<number> {
  let [open, since] = [0, performance.now()];
  while (open < inFlight && performance.now() - since < 3_000) {
    const now = (await providers.ask()).open;
    if (now > open) [open, since] = [now, performance.now()];
    await once(AbortSignal.timeout(20), 'abort');
  }
  return open;
}

/** Group messages of 100,000 members, 3.5 MB each, in the same moment; nobody has a device. */
async function bodiesAtOnce(world: World, kind: 'embedded' | 'redis'): Promise<Measurement> {
  await using store = await BenchStore.create(kind);
  const relay = await world.startRelay(store);
  const bodies = world.scaled(100);
  const load = await WebhookLoad.open(relay.url, bodies);
  // As long as UUIDs with their quotes, less than v2's own limit.
  const to = Array.from(
    { length: 100_000 },
    (_, number) => `member-of-the-group-${String(number).padStart(12, '0')}`,
  );
  const watch = new MemoryWatch(relay);
  const startedAt = performance.now();
  await load.press({
    count: bodies,
    mayGo: () => true,
    make: (index) => webhookBody({ from: 'alice', to, groupId: `everyone${index}`, text: 'hello' }),
  });
  const tookMs = performance.now() - startedAt;
  const peak = watch.end();
  load.close();
  // What is left to do is another scenario's.
  await relay.kill();
  return measurement(`memory/${kind}/bodies`, `${kind}: ${bodies} bodies of 3.5 MB at once`, peak, [
    { name: 'all answered after', value: Math.round(tookMs), unit: 'ms' },
  ]);
}
