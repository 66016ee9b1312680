import { BenchStore } from '../lib/bench-store';
import { burst, cost } from '../lib/burst';
import type { Measurement } from '../lib/measurement';
import { webhookBody } from '../lib/webhook-body';
import { WebhookLoad } from '../lib/webhook-load';
import type { Scenario } from '../lib/world';

export const intake: Scenario = {
  name: 'intake',
  title: 'Intake: a message for somebody without a device, from the webhook to the empty inbox',
  async run(world) {
    const found: Measurement[] = [];
    for (const kind of world.options.stores) {
      await using store = await BenchStore.create(kind);
      const relay = await world.startRelay(store);
      const load = await WebhookLoad.open(relay.url);
      const messages = world.scaled(20_000);
      const once = () =>
        burst(world, relay, load, {
          messages,
          pushesPerMessage: 0,
          window: messages,
          make: (index) =>
            webhookBody({ from: 'alice', to: [`nobody${index}`], text: 'shall we meet at eight?' }),
        });
      await once();
      const { values } = await cost(world, { name: 'message', perRun: messages }, once);
      found.push({ key: `intake/${kind}`, what: kind, values, targets: [] });
      load.close();
      await relay.stop();
    }
    return found;
  },
};
