import { BenchStore, type StoreKind } from '../lib/bench-store';
import { burst } from '../lib/burst';
import { atMost, type Measurement, type Target } from '../lib/measurement';
import { devicesOf, uidOf, type Population } from '../lib/population';
import type { RelayUnderTest } from '../lib/relay-under-test';
import { nowMicros, stampText } from '../lib/stamp';
import { median, round } from '../lib/statistics';
import { webhookBody } from '../lib/webhook-body';
import { WebhookLoad } from '../lib/webhook-load';
import type { Scenario, World } from '../lib/world';

const shares = [0.1, 0.5, 0.9] as const;
const limits = { embedded: { p50Ms: 3, p99Ms: 15 }, redis: { p50Ms: 5, p99Ms: 25 } } as const;
const seconds = 5;

interface Latency {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** Evenly sent, whatever the relay does, and the time counts from when a message was due: a stall is not left out. */
export const latency: Scenario = {
  name: 'latency',
  title: "From the webhook to the provider's hands, at shares of the measured capacity",
  async run(world) {
    const found: Measurement[] = [];
    for (const kind of world.options.stores) {
      if (kind === 'redis-always') continue;
      found.push(...(await measure(world, kind)));
    }
    return found;
  },
};

async function measure(world: World, kind: 'embedded' | 'redis'): Promise<Measurement[]> {
  const population: Population = { prefix: 'l', people: world.scaled(20_000), phones: ['apns'] };
  await using store = await BenchStore.create(kind);
  await store.register(devicesOf(population));
  const relay = await world.startRelay(store);
  const load = await WebhookLoad.open(relay.url, 256);
  const make = (index: number) =>
    webhookBody({
      from: uidOf(population, (index + 7) % population.people),
      to: [uidOf(population, index % population.people)],
      text: stampText(nowMicros()),
    });
  const capacity = await capacityOf(world, relay, load, make);
  const found: Measurement[] = [];
  for (const share of shares) {
    const runs: Latency[] = [];
    for (let run = 0; run < world.options.runs; run += 1)
      runs.push(await pace(world, relay, load, Math.round(capacity * share), make));
    const middle = (name: keyof Latency) => round(median(runs.map((one) => one[name])));
    found.push({
      key: `latency/${kind}/${share * 100}`,
      what: `${kind}, ${share * 100} % of ${Math.round(capacity)} a second`,
      values: [
        { name: 'p50', value: middle('p50Ms'), unit: 'ms' },
        { name: 'p99', value: middle('p99Ms'), unit: 'ms' },
        { name: 'most', value: middle('maxMs'), unit: 'ms' },
      ],
      targets: share === 0.5 ? targets(kind, middle('p50Ms'), middle('p99Ms')) : [],
    });
  }
  load.close();
  await relay.stop();
  return found;
}

function targets(kind: Exclude<StoreKind, 'redis-always'>, p50Ms: number, p99Ms: number): Target[] {
  return [atMost('p50', p50Ms, limits[kind].p50Ms), atMost('p99', p99Ms, limits[kind].p99Ms)];
}

/** Messages a second with the way always full, once all is warm. */
async function capacityOf(
  world: World,
  relay: RelayUnderTest,
  load: WebhookLoad,
  make: (index: number) => Buffer,
): Promise<number> {
  const messages = world.scaled(30_000);
  const once = () => burst(world, relay, load, { messages, pushesPerMessage: 1, window: 1_000, make });
  await once();
  const { tookMs } = await once();
  return (messages / tookMs) * 1000;
}

async function pace(
  world: World,
  relay: RelayUnderTest,
  load: WebhookLoad,
  perSecond: number,
  make: (index: number) => Buffer,
): Promise<Latency> {
  const { providers } = world;
  providers.order({ kind: 'behave', latencyMs: 0, takesStamps: true });
  const forSeconds = world.options.isShort ? 1 : seconds;
  const { accepted: before } = await providers.ask();
  await load.pace({ perSecond, seconds: forSeconds, make });
  await providers.until(() => providers.accepted - before >= Math.round(perSecond * forSeconds));
  const { p50Ms, p99Ms, maxMs } = await providers.ask();
  await relay.idle();
  return { p50Ms: p50Ms ?? Number.NaN, p99Ms: p99Ms ?? Number.NaN, maxMs: maxMs ?? Number.NaN };
}
