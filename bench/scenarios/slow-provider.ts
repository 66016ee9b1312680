import { BenchStore } from '../lib/bench-store';
import { burst, cost } from '../lib/burst';
import type { Measurement } from '../lib/measurement';
import { memoryValues, MemoryWatch } from '../lib/memory-watch';
import { devicesOf, uidOf, type Population } from '../lib/population';
import { webhookBody } from '../lib/webhook-body';
import { WebhookLoad } from '../lib/webhook-load';
import type { Scenario } from '../lib/world';

const latencyMs = 50;
const phones = ['apns', 'apns', 'apns', 'apns', 'apns'] as const;
export const inFlight = 20_000;
/** The relay may have all of them open at once: 1,000 streams a connection. */
export const roomForAll = {
  providersYaml:
    '  apns: { max_in_flight: 20000, min_connections: 20, max_connections: 24, timeout_seconds: 300 }',
  deliveryYaml: 'delivery: { claim_seconds: 600 }',
};

/** In flight is what is on its way from the webhook to the answer: at 50 ms, 20,000 open streams are 400,000 a second. */
export const slowProvider: Scenario = {
  name: 'slow',
  title: `A provider that takes ${latencyMs} ms, ${inFlight} pushes on their way, a push`,
  async run(world) {
    const found: Measurement[] = [];
    for (const kind of world.options.stores.filter((store) => store !== 'redis-always')) {
      const population: Population = { prefix: 's', people: 4_000, phones };
      await using store = await BenchStore.create(kind);
      await store.register(devicesOf(population));
      const relay = await world.startRelay(store, roomForAll);
      const load = await WebhookLoad.open(relay.url);
      const messages = world.scaled(20_000);
      const make = (index: number) =>
        webhookBody({
          from: 'alice',
          to: [uidOf(population, index % population.people)],
          text: `shall we meet at eight? ${index}`,
        });
      const window = inFlight / phones.length;
      const once = () => {
        world.providers.order({ kind: 'behave', latencyMs, takesStamps: false });
        return burst(world, relay, load, { messages, pushesPerMessage: phones.length, window, make });
      };
      await once();
      const memory = new MemoryWatch(relay);
      const { values } = await cost(world, { name: 'push', perRun: messages * phones.length }, once);
      const { peakOpen } = await world.providers.ask();
      const peak = memory.end();
      world.providers.order({ kind: 'behave', latencyMs: 0, takesStamps: false });
      load.close();
      await relay.stop();
      found.push({
        key: `slow/${kind}`,
        what: kind,
        values: [...values, { name: 'most open', value: peakOpen, unit: 'streams' }, ...memoryValues(peak)],
        targets: [],
      });
    }
    return found;
  },
};
