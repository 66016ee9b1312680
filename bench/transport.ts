import { mkdir, writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { dirname, join } from 'node:path';
import { machine, type Machine } from './lib/machine';
import { canPin, leaveFirst } from './lib/processors';
import { Providers } from './lib/providers';
import { Sdk } from './lib/sdk';
import type { SdkCall } from './lib/sdk-messages';
import { median, round } from './lib/statistics';
import { showNumber, table } from './lib/table';

/**
 * What one push costs the process that sends it, over TLS, to a fake APNs in another process: the relay's HTTP/2 client
 * and the SDK's `send`, in turns, so that a slow minute of the machine meets all of them.
 *
 * `node -r ./test/helpers/typescript.cjs bench/transport.ts`; writes bench/results/transport.json.
 */
export interface TransportCost {
  readonly call: SdkCall;
  /** CPU of the sending process, user and system: the median of the rounds, and the lowest and highest. */
  readonly cpuMicros: number;
  readonly lowestMicros: number;
  readonly highestMicros: number;
  readonly perSecond: number;
  /** × @parse/node-apn `send` of the same round. */
  readonly ratio: number;
}

export interface TransportResult {
  readonly bench: 'transport';
  readonly rounds: number;
  readonly machine: Machine;
  readonly costs: readonly TransportCost[];
}

const roundsWanted = 7;
const pushes: Readonly<Partial<Record<SdkCall, number>>> = {
  'apn-send': 20_000,
  'transport-lean': 100_000,
};

export async function measureTransport(rounds = roundsWanted): Promise<TransportResult> {
  const loadBefore = loadavg()[0] ?? 0;
  const pins = canPin();
  if (pins) leaveFirst();
  const providers = await Providers.start();
  const sdk = await Sdk.start(providers.env, pins);
  try {
    providers.order({ kind: 'behave', latencyMs: 0, takesStamps: false });
    const calls = Object.keys(pushes) as SdkCall[];
    // node-apn sends its first pushes before the server has said how many it takes, and loses them.
    for (const call of calls) await sdk.run(call, 1);
    for (const call of calls) await sdk.run(call, 20_000);
    const runs = new Map(calls.map((call) => [call, [] as { cpuMicros: number; perSecond: number }[]]));
    for (let round = 0; round < rounds; round += 1)
      for (const call of calls) runs.get(call)?.push(await sdk.run(call, pushes[call] ?? 0));
    const yardstick = (runs.get('apn-send') ?? []).map(({ cpuMicros }) => cpuMicros);
    const costs = calls.map((call) => cost(call, runs.get(call) ?? [], yardstick));
    return { bench: 'transport', rounds, machine: machine(loadBefore), costs };
  } finally {
    sdk.stop();
    providers.stop();
  }
}

function cost(
  call: SdkCall,
  runs: readonly { readonly cpuMicros: number; readonly perSecond: number }[],
  yardstick: readonly number[],
): TransportCost {
  const micros = runs.map(({ cpuMicros }) => cpuMicros);
  return {
    call,
    cpuMicros: round(median(micros)),
    lowestMicros: round(Math.min(...micros)),
    highestMicros: round(Math.max(...micros)),
    perSecond: Math.round(median(runs.map(({ perSecond }) => perSecond))),
    ratio: round(median(micros.map((one, index) => one / (yardstick[index] ?? Number.NaN)))),
  };
}

async function main(): Promise<void> {
  const result = await measureTransport();
  const file = join(__dirname, 'results/transport.json');
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify(result, null, 2)}\n`);
  const rows = result.costs.map((one) => [
    one.call,
    showNumber(one.cpuMicros),
    `${showNumber(one.lowestMicros)} to ${showNumber(one.highestMicros)}`,
    showNumber(one.ratio),
    showNumber(one.perSecond),
  ]);
  console.log(table(['a push', 'CPU µs', 'of the rounds', '× node-apn send', 'a second'], rows));
}

if (require.main === module) void main();
