import type { Mute, Preferences } from '../../src/domain/people';
import { BenchStore, type StoreKind } from '../lib/bench-store';
import { burst, cost } from '../lib/burst';
import { atLeast, atMost, type Measurement } from '../lib/measurement';
import { round } from '../lib/statistics';
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
    for (const kind of world.options.stores) {
      const plain = await measure(world, kind, 'apns');
      const limit = kind === 'embedded' ? 1.1 : 1.25;
      found.push({ ...plain.measurement, targets: [atMost('× node-apn', plain.ratio, limit)] });
      const ruled = besidePlain(await measure(world, kind, 'apns', ruledVariant), plain);
      found.push({ ...ruled.measurement, targets: [atMost('× plain', ruled.timesPlain, 1.1)] });
      const untraced = besidePlain(await measure(world, kind, 'apns', untracedVariant), plain);
      // Traces may cost a tenth (docs/decisions/0032-trace.md).
      found.push({ ...untraced.measurement, targets: [atLeast('× plain', untraced.timesPlain, 0.91)] });
    }
    found.push((await measure(world, world.options.stores[0] ?? 'embedded', 'fcm')).measurement);
    return found;
  },
};

interface Measured {
  readonly measurement: Measurement;
  readonly ratio: number;
}

function besidePlain({ measurement, ratio }: Measured, plain: Measured) {
  const timesPlain = round(ratio / plain.ratio);
  const values = [...measurement.values, { name: '× plain', value: timesPlain, unit: '' }];
  return { measurement: { ...measurement, values }, timesPlain };
}

interface Variant {
  readonly key: string;
  readonly what: string;
  readonly yaml: string;
  readonly isRuled: boolean;
}

/** Each user has quiet hours and a muted conversation, neither of which holds a message back, and a badge. */
const ruledVariant: Variant = {
  key: '/rules',
  what: ', with preferences, mutes and badges',
  yaml: 'badge: { mode: count }',
  isRuled: true,
};
const untracedVariant: Variant = {
  key: '/untraced',
  what: ', without traces',
  yaml: 'trace: { sample: 0 }',
  isRuled: false,
};
const plainVariant: Variant = { key: '', what: '', yaml: '', isRuled: false };

async function measure(
  world: World,
  kind: StoreKind,
  provider: 'apns' | 'fcm',
  { key, what, yaml, isRuled }: Variant = plainVariant,
): Promise<Measured> {
  const population: Population = { prefix: 'p', people: world.scaled(people), phones: [provider] };
  await using store = await BenchStore.create(kind);
  await store.register(devicesOf(population));
  if (isRuled) await store.prefer(devicesOf(population), quietElsewhen(), mutedElsewhere);
  const relay = await world.startRelay(store, { deliveryYaml: yaml });
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
  const measurement = {
    key: `message/${kind}/${provider}${key}`,
    what: `${kind}, ${provider}${what}`,
    values,
    targets: [],
  };
  return { measurement, ratio };
}

const mutedElsewhere: Mute = { channelType: 2, channelId: 'noisy', untilMs: null, allowMentions: false };

/** An hour that is half a day away. */
function quietElsewhen(): Preferences {
  const hour = (new Date().getUTCHours() + 12) % 24;
  const at = (hours: number): string => `${String(hours % 24).padStart(2, '0')}:00`;
  return {
    locale: 'de',
    preview: null,
    mutedUntilMs: null,
    silenceWhileOnline: null,
    quietHours: {
      start: at(hour),
      end: at(hour + 1),
      timezone: 'UTC',
      days: null,
      allowCalls: false,
      allowMentions: false,
    },
  };
}
