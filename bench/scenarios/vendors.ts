import { BenchStore } from '../lib/bench-store';
import { burst, cost } from '../lib/burst';
import { atMost, type Measurement } from '../lib/measurement';
import { devicesOf, uidOf, type Population } from '../lib/population';
import { webhookBody } from '../lib/webhook-body';
import { WebhookLoad } from '../lib/webhook-load';
import type { Scenario, World } from '../lib/world';

const members = 10_000;
/** Huawei's own rate must not be what the bench measures. */
const providersYaml = '  huawei: { messages_per_minute: 60000000 }';

export const vendors: Scenario = {
  name: 'vendors',
  title: 'A message to a group of 10,000 members with one phone each, a device',
  run: async (world) => [await measure(world, 'huawei'), await measure(world, 'apns')],
};

/** `phone`: huawei takes many device tokens per call. apns takes one, for comparison. */
async function measure(world: World, phone: Population['phones'][number]): Promise<Measurement> {
  const population: Population = { prefix: 'v', people: world.scaled(members), phones: [phone] };
  const kind = world.options.stores[0] ?? 'embedded';
  await using store = await BenchStore.create(kind);
  await store.register(devicesOf(population));
  const relay = await world.startRelay(store, { providersYaml, appsYaml: world.providers.appsYaml });
  const load = await WebhookLoad.open(relay.url, 4);
  const to = Array.from({ length: population.people }, (_, number) => uidOf(population, number));
  const messages = 6;
  const make = (index: number) =>
    webhookBody({ from: 'alice', to, groupId: 'everyone', text: `shall we meet at eight? ${index}` });
  const once = () =>
    burst(world, relay, load, { messages, pushesPerMessage: population.people, window: 2, make });
  await once();
  const { values, ratio } = await cost(world, { name: 'device', perRun: messages * population.people }, once);
  load.close();
  await relay.stop();
  return {
    key: `vendors/${kind}/${phone}`,
    what: `${kind}, ${phone}`,
    values,
    targets: phone === 'huawei' ? [atMost('× node-apn', ratio, 0.12)] : [],
  };
}
