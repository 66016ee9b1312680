import type { Sandbox } from '../../src/sandbox/sandbox';
import { pause } from './traffic';

type Provider = Sandbox['apns'] | Sandbox['fcm'];

interface Fault {
  readonly name: string;
  /** Resolves when it is over. */
  readonly strike: (provider: Provider) => Promise<void>;
}

const faults: readonly Fault[] = [
  { name: 'GOAWAY', strike: (provider) => Promise.resolve(provider.goaway()) },
  {
    name: 'outage of 1 s',
    strike: async (provider) => {
      await provider.down();
      await pause(1_000);
      await provider.up();
    },
  },
  {
    name: 'black hole of 3 s',
    strike: async (provider) => {
      provider.freeze();
      await pause(3_000);
      provider.thaw();
    },
  },
  { name: 'slow for 2 s', strike: (provider) => scripted(provider, { latencyMs: 800 }, 2_000) },
  {
    name: 'resets',
    strike: (provider) => scripted(provider, { answer: { kind: 'reset' }, share: 0.3 }, 1_000),
  },
  {
    name: 'refused streams',
    strike: (provider) => scripted(provider, { answer: { kind: 'refuse' }, share: 0.5 }, 1_000),
  },
  {
    name: 'GOAWAY that leaves some undone',
    strike: (provider) =>
      scripted(provider, { answer: { kind: 'goaway', lastProcessed: 'previous' }, times: 5 }, 1_000),
  },
  {
    name: '503',
    strike: (provider) =>
      scripted(
        provider,
        { answer: { kind: 'reply', status: 503, reason: 'ServiceUnavailable' }, share: 0.5 },
        1_000,
      ),
  },
];

async function scripted(provider: Provider, rule: Parameters<Provider['script']>[0], forMs: number) {
  const handle = provider.script(rule);
  await pause(forMs);
  handle.remove();
}

/** One provider after the other gets into trouble, and out of it, until the signal aborts. Resolves with how often what struck. */
export async function troubleProviders(
  sandbox: Sandbox,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, number>> {
  const struck = new Map<string, number>();
  for (let round = 0; !signal.aborted; round += 1) {
    const fault = faults[round % faults.length];
    if (fault === undefined) break;
    await fault.strike(Math.floor(round / faults.length) % 2 === 0 ? sandbox.apns : sandbox.fcm);
    struck.set(fault.name, (struck.get(fault.name) ?? 0) + 1);
    await pause(everyMs);
  }
  return struck;
}

const everyMs = 4_000;
