import { BenchStore, type StoreKind } from '../lib/bench-store';
import { atLeast, atMost, type Measurement } from '../lib/measurement';
import { devicesOf, uidOf, type Population } from '../lib/population';
import type { RelayUnderTest } from '../lib/relay-under-test';
import { nowMicros, stampText } from '../lib/stamp';
import { median, round } from '../lib/statistics';
import { webhookBody } from '../lib/webhook-body';
import { WebhookLoad } from '../lib/webhook-load';
import type { Scenario, World } from '../lib/world';

/** Nobody notices a tenth of a second, and a group is to lose little by the messages between two. */
const mostP99Ms = 100;
const leastShare = 0.7;
const perSecond = 100;
const idleSeconds = 10;
/** Messages between two people that are measured while the group is under way; the rest of the group has nobody to delay. */
const mostSeconds = 60;

interface Run {
  readonly idle: Latency;
  readonly loaded: Latency;
  readonly aloneGroupPerSecond: number;
  readonly besideGroupPerSecond: number;
}

interface Latency {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/**
 * Does a big group delay a message between two people, and do those slow the group down? From the webhook to the provider's hands,
 * for a steady stream of messages between two and for one message to 100,000: each with nothing else to do, then both at a time.
 * Group and stream go to the same provider and app, so they share connections and slots: the hardest case.
 */
export const fairness: Scenario = {
  name: 'fairness',
  title: 'Messages between two people and a message to a group of 100,000, alone and beside each other',
  async run(world) {
    const found: Measurement[] = [];
    for (const kind of world.options.stores) {
      if (kind === 'redis-always') continue;
      found.push(await measure(world, kind));
    }
    return found;
  },
};

async function measure(world: World, kind: StoreKind): Promise<Measurement> {
  const people: Population = { prefix: 'f', people: 1_000, phones: ['apns'] };
  const members: Population = { prefix: 'g', people: world.scaled(100_000), phones: ['apns'] };
  await using store = await BenchStore.create(kind);
  await store.register(devicesOf(people));
  await store.register(devicesOf(members));
  const relay = await world.startRelay(store);
  const between = await WebhookLoad.open(relay.url);
  const group = await WebhookLoad.open(relay.url, 1);
  const to = Array.from({ length: members.people }, (_, number) => uidOf(members, number));
  const make = (index: number) =>
    webhookBody({
      from: uidOf(people, (index + 1) % people.people),
      to: [uidOf(people, index % people.people)],
      text: stampText(nowMicros()),
    });
  const say = () => webhookBody({ from: 'alice', to, groupId: 'everyone', text: 'hello everyone' });
  // Both ways are walked once before: code that is compiled meanwhile is nobody's unfairness.
  const messages = { make, say, people: to.length };
  const load = { between, group };
  await alone(world, between, make);
  await beside(world, relay, load, messages);
  const runs: Run[] = [];
  for (let run = 0; run < world.options.runs; run += 1) {
    const idle = await alone(world, between, make);
    const aloneGroupPerSecond = await groupPerSecond(world, group, messages);
    await relay.idle();
    runs.push({ idle, aloneGroupPerSecond, ...(await beside(world, relay, load, messages)) });
  }
  between.close();
  group.close();
  await relay.stop();
  return measurement(kind, members.people, runs);
}

function measurement(kind: StoreKind, people: number, runs: readonly Run[]): Measurement {
  const middle = (pick: (run: Run) => number) => round(median(runs.map(pick)));
  const p99Ms = middle(({ loaded }) => loaded.p99Ms);
  const share = middle((run) => run.besideGroupPerSecond / run.aloneGroupPerSecond);
  return {
    key: `fairness/${kind}`,
    what: `${kind}, ${perSecond} a second beside ${people}`,
    values: [
      { name: 'alone p50', value: middle(({ idle }) => idle.p50Ms), unit: 'ms' },
      { name: 'alone p99', value: middle(({ idle }) => idle.p99Ms), unit: 'ms' },
      { name: 'beside p50', value: middle(({ loaded }) => loaded.p50Ms), unit: 'ms' },
      { name: 'beside p99', value: p99Ms, unit: 'ms' },
      { name: 'group alone', value: middle((run) => run.aloneGroupPerSecond), unit: 'a second' },
      { name: 'group beside', value: middle((run) => run.besideGroupPerSecond), unit: 'a second' },
      { name: 'share of the group', value: share, unit: '' },
    ],
    targets: [atMost('p99 beside, ms', p99Ms, mostP99Ms), atLeast('share', share, leastShare)],
  };
}

async function alone(world: World, load: WebhookLoad, make: (index: number) => Buffer): Promise<Latency> {
  const seconds = world.options.isShort ? 2 : idleSeconds;
  const { providers } = world;
  providers.order({ kind: 'behave', latencyMs: 0, takesStamps: true });
  const { accepted: before } = await providers.ask();
  await load.pace({ perSecond, seconds, make });
  await providers.until(() => providers.accepted - before >= perSecond * seconds);
  return latencyOf(world);
}

interface Messages {
  readonly make: (index: number) => Buffer;
  readonly say: () => Buffer;
  readonly people: number;
}

async function beside(
  world: World,
  relay: RelayUnderTest,
  load: { readonly between: WebhookLoad; readonly group: WebhookLoad },
  messages: Messages,
): Promise<Pick<Run, 'loaded' | 'besideGroupPerSecond'>> {
  const { make } = messages;
  const stream = load.between.pace({ perSecond, seconds: mostSeconds, make });
  const besideGroupPerSecond = await groupPerSecond(world, load.group, messages);
  const loaded = await latencyOf(world);
  load.between.stopPacing();
  await stream;
  await relay.idle();
  return { loaded, besideGroupPerSecond };
}

/** From the webhook until the provider has it for each member. What bears a stamp is for others. */
async function groupPerSecond(
  { providers }: World,
  load: WebhookLoad,
  { say, people }: Messages,
): Promise<number> {
  providers.order({ kind: 'behave', latencyMs: 0, takesStamps: true });
  const { accepted: before } = await providers.ask();
  // Ahead: while the sender makes 3.5 MB it sends nothing else.
  const toEveryone = say();
  const startedAt = performance.now();
  await load.press({ count: 1, mayGo: () => true, make: () => toEveryone });
  for (let others = 0; providers.accepted - before - others < people;) {
    const wanted = before + others + people;
    await providers.until(() => providers.accepted >= wanted);
    others = (await providers.ask()).stamped;
  }
  return (people / (performance.now() - startedAt)) * 1000;
}

async function latencyOf({ providers }: World): Promise<Latency> {
  const { p50Ms, p99Ms } = await providers.ask();
  return { p50Ms: p50Ms ?? Number.NaN, p99Ms: p99Ms ?? Number.NaN };
}
