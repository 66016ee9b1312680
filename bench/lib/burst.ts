import type { Value } from './measurement';
import type { RelayUnderTest } from './relay-under-test';
import { median, round } from './statistics';
import type { WebhookLoad } from './webhook-load';
import type { World } from './world';

export interface Burst {
  readonly messages: number;
  /** 0: messages that no device is registered for. */
  readonly pushesPerMessage: number;
  /** Messages on their way at a time. */
  readonly window: number;
  readonly make: (index: number) => Buffer;
}

export interface BurstResult {
  /** Of the whole process, all threads. */
  readonly cpuMicros: number;
  /** From the first webhook to the last acceptance, or to the empty inbox where nothing is pushed. */
  readonly tookMs: number;
}

/** As many messages as the relay takes, with the way always full; over when all are accepted and nothing waits. */
export async function burst(
  { providers }: World,
  relay: RelayUnderTest,
  load: WebhookLoad,
  { messages, pushesPerMessage, window, make }: Burst,
): Promise<BurstResult> {
  const { accepted: acceptedBefore } = await providers.ask();
  const before = await relay.usage();
  const startedAt = performance.now();
  const wake = () => load.wake();
  providers.on('accepted', wake);
  const pushes = messages * pushesPerMessage;
  await load.press({
    count: messages,
    make,
    mayGo: (sent) =>
      pushesPerMessage === 0 || sent - (providers.accepted - acceptedBefore) / pushesPerMessage < window,
  });
  await providers.until(() => providers.accepted - acceptedBefore >= pushes);
  providers.off('accepted', wake);
  const acceptedAt = performance.now();
  await relay.idle();
  const tookMs = (pushes === 0 ? performance.now() : acceptedAt) - startedAt;
  const after = await relay.usage();
  const accepted = (await providers.ask()).accepted - acceptedBefore;
  if (accepted !== pushes) throw new Error(`${accepted} pushes where ${pushes} were due`);
  return { cpuMicros: after.cpuMicros - before.cpuMicros, tookMs };
}

export interface Cost {
  readonly ratio: number;
  readonly perCore: number;
  readonly perSecond: number;
  readonly values: readonly Value[];
}

/** Runs it again and again, a run of node-apn before each; medians. */
export async function cost(
  world: World,
  unit: { readonly name: string; readonly perRun: number },
  once: () => Promise<BurstResult>,
): Promise<Cost> {
  const found: { micros: number; ratio: number; perSecond: number; busy: number }[] = [];
  for (let run = 0; run < world.options.runs; run += 1) {
    const yardstick = await world.yardstick();
    const { cpuMicros, tookMs } = await once();
    const micros = cpuMicros / unit.perRun;
    found.push({
      micros,
      ratio: micros / yardstick,
      perSecond: (unit.perRun / tookMs) * 1000,
      busy: cpuMicros / 1000 / tookMs,
    });
  }
  const middle = (name: keyof (typeof found)[number]) => round(median(found.map((one) => one[name])));
  const [micros, ratio] = [middle('micros'), middle('ratio')];
  const [perSecond, perCore] = [middle('perSecond'), round(1e6 / micros)];
  return {
    ratio,
    perCore,
    perSecond,
    values: [
      { name: `CPU a ${unit.name}`, value: micros, unit: 'µs' },
      { name: '× node-apn send', value: ratio, unit: '', compared: 'lower_is_better' },
      { name: 'a second', value: perSecond, unit: '' },
      { name: 'a second of CPU', value: perCore, unit: '' },
      { name: 'relay busy', value: round(middle('busy') * 100), unit: '%' },
    ],
  };
}
