import { BenchStore, type StoreKind } from '../lib/bench-store';
import { burst, cost } from '../lib/burst';
import { atMost, type Measurement } from '../lib/measurement';
import { devicesOf, uidOf, type Population } from '../lib/population';
import { webhookBody } from '../lib/webhook-body';
import { WebhookLoad } from '../lib/webhook-load';
import type { Scenario, World } from '../lib/world';

const members = 10_000;

export const group: Scenario = {
  name: 'group',
  title: 'A message to a group of 10,000 members with 2 devices each, a device',
  async run(world) {
    const found: Measurement[] = [];
    for (const kind of world.options.stores) found.push(await measure(world, kind, ['apns', 'apns']));
    found.push(await measure(world, world.options.stores[0] ?? 'embedded', ['apns', 'fcm']));
    return found;
  },
};

async function measure(world: World, kind: StoreKind, phones: Population['phones']): Promise<Measurement> {
  const population: Population = { prefix: 'g', people: world.scaled(members), phones };
  await using store = await BenchStore.create(kind);
  await store.register(devicesOf(population));
  const relay = await world.startRelay(store);
  const load = await WebhookLoad.open(relay.url, 4);
  const to = Array.from({ length: population.people }, (_, number) => uidOf(population, number));
  const messages = 3;
  const make = (index: number) =>
    webhookBody({ from: 'alice', to, groupId: 'everyone', text: `shall we meet at eight? ${index}` });
  const pushesPerMessage = population.people * phones.length;
  const once = () => burst(world, relay, load, { messages, pushesPerMessage, window: 2, make });
  await once();
  const perRun = messages * pushesPerMessage;
  const { values, ratio } = await cost(world, { name: 'device', perRun }, once);
  load.close();
  await relay.stop();
  const what = phones.join(' + ');
  return {
    key: `group/${kind}/${phones.join('+')}`,
    what: `${kind}, ${what}`,
    values,
    targets: what === 'apns + apns' ? [atMost('× node-apn', ratio, kind === 'embedded' ? 0.22 : 0.35)] : [],
  };
}
