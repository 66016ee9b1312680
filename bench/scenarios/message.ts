import { BenchStore, type StoreKind } from '../lib/bench-store';
import { burst, cost } from '../lib/burst';
import { atMost, type Measurement } from '../lib/measurement';
import { devicesOf, uidOf, type Population } from '../lib/population';
import { webhookBody } from '../lib/webhook-body';
import { WebhookLoad } from '../lib/webhook-load';
import type { Scenario, World } from '../lib/world';

const people = 20_000;
/** Recipients follow each other in no order that rows stand in. */
const scatter = 7_919;
/** Enough to fill every stage of the way, so few that nothing piles up. */
const window = 2_000;

export const message: Scenario = {
  name: 'message',
  title: 'One message to one device, from the webhook to the settled push',
  async run(world) {
    const found: Measurement[] = [];
    for (const kind of world.options.stores) found.push(await measure(world, kind, 'apns'));
    found.push(await measure(world, world.options.stores[0] ?? 'embedded', 'fcm'));
    return found;
  },
};

async function measure(world: World, kind: StoreKind, provider: 'apns' | 'fcm'): Promise<Measurement> {
  const population: Population = { prefix: 'p', people: world.scaled(people), phones: [provider] };
  await using store = await BenchStore.create(kind);
  await store.register(devicesOf(population));
  const relay = await world.startRelay(store);
  const load = await WebhookLoad.open(relay.url);
  const messages = world.scaled(20_000);
  const make = (index: number) =>
    webhookBody({
      from: uidOf(population, (index + 7) % population.people),
      to: [uidOf(population, (index * scatter) % population.people)],
      text: `shall we meet at eight? ${index}`,
    });
  const once = () => burst(world, relay, load, { messages, pushesPerMessage: 1, window, make });
  await once();
  const { values, ratio } = await cost(world, { name: 'message', perRun: messages }, once);
  load.close();
  await relay.stop();
  return {
    key: `message/${kind}/${provider}`,
    what: `${kind}, ${provider}`,
    values,
    targets: provider === 'apns' ? [atMost('× node-apn', ratio, kind === 'embedded' ? 1.1 : 1.25)] : [],
  };
}
