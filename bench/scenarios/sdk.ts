import type { Measurement } from '../lib/measurement';
import type { SdkCall } from '../lib/sdk-messages';
import { median, round } from '../lib/statistics';
import { atMost } from '../lib/measurement';
import type { Scenario, World } from '../lib/world';

const whats: Readonly<Record<SdkCall, string>> = {
  'apn-send': '@parse/node-apn send, a notification of its own each: the yardstick',
  'apn-many': '@parse/node-apn send, one notification to 500 devices a call',
  'fcm-send': 'firebase-admin send',
  'fcm-send-each': 'firebase-admin sendEach(500)',
  'transport-lean': "the relay's own client",
  'webpush-package': 'web-push generateRequestDetails',
  'webpush-own': 'the relay',
};

export const sdk: Scenario = {
  name: 'sdk',
  title: 'The same pushes through the libraries, nothing durable',
  run: (world) => measureCalls(world, ['apn-send', 'apn-many', 'fcm-send', 'fcm-send-each']),
};

export const transport: Scenario = {
  name: 'transport',
  title: 'The transport alone, a push: no content, no store',
  run: (world) => measureCalls(world, ['transport-lean']),
};

export const webPush: Scenario = {
  name: 'webpush',
  title: 'A Web Push request, encrypted and signed, not sent',
  run: (world) => measureCalls(world, ['webpush-package', 'webpush-own']),
};

async function measureCalls(world: World, calls: readonly SdkCall[]): Promise<Measurement[]> {
  const found: Measurement[] = [];
  for (const call of calls) {
    const count = world.scaled(call === 'fcm-send' || call.startsWith('webpush') ? 5_000 : 20_000);
    await world.sdk.run(call, count);
    const runs: { micros: number; ratio: number; perSecond: number }[] = [];
    for (let run = 0; run < world.options.runs; run += 1) {
      const yardstick = await world.yardstick();
      const { cpuMicros, perSecond } = await world.sdk.run(call, count);
      runs.push({ micros: cpuMicros, ratio: cpuMicros / yardstick, perSecond });
    }
    const middle = (name: keyof (typeof runs)[number]) => round(median(runs.map((one) => one[name])));
    const isOurs = call === 'transport-lean' || call === 'webpush-own';
    found.push({
      key: `${call === 'transport-lean' ? 'transport' : 'sdk'}/${call}`,
      what: whats[call],
      values: [
        { name: 'CPU a push', value: middle('micros'), unit: 'µs' },
        {
          name: '× node-apn send',
          value: middle('ratio'),
          unit: '',
          ...(isOurs ? { compared: 'lower_is_better' } : {}),
        },
        { name: 'a second', value: middle('perSecond'), unit: '' },
      ],
      targets: call === 'transport-lean' ? [atMost('× node-apn', middle('ratio'), 0.1)] : [],
    });
  }
  return found;
}
