import { Seeded } from '../fuzz/seeded';
import { apiKey, webhookSecret } from '../helpers/fakes';
import { RelayProcess } from '../helpers/relay-process';
import { besideBystander } from './bodies-part';
import { hostileConnections, HostileSender } from './connections';
import { playCases, PartReport, seedOf, type PartOptions } from './part';

/** How long one kind stays. */
const shortestMs = 500;
const longestMs = 3_000;

/** Connections that somebody holds, drips on, floods or breaks, beside a bystander; then the relay stops as asked. */
export async function playConnections(options: PartOptions): Promise<PartReport> {
  const report = new PartReport('connections', options.seed);
  const relay = await RelayProcess.start({
    env: { PROVIDERS: 'sandbox', WEBHOOK_SECRET: webhookSecret, API_KEYS: apiKey },
  });
  try {
    await besideBystander('embedded', relay, report, () =>
      playCases(options, 1, async (number) => {
        const fault = await playCase(relay, new Seeded(seedOf(options.seed, number)), report);
        if (fault !== null) report.fault(number, fault);
      }),
    );
  } finally {
    const code = await relay.stop();
    if (code !== 0) report.fault(null, `the relay ended with ${String(code)} at SIGTERM`);
  }
  return report;
}

async function playCase(relay: RelayProcess, random: Seeded, report: PartReport): Promise<string | null> {
  const connections = hostileConnections(random, { webhook: webhookSecret, apiKey });
  report.tried(connections.rule);
  const sender = new HostileSender(Number(new URL(relay.url).port), connections);
  sender.start();
  await new Promise((resolve) => setTimeout(resolve, shortestMs + random.below(longestMs - shortestMs)));
  sender.stop();
  const sorry = [...sender.answers].filter(([status]) => status.startsWith('5'));
  const told = sorry.map(([status, times]) => `${times} times ${status}`).join(', ');
  return sorry.length === 0 ? null : `${connections.rule}, ${connections.count} connections: ${told}`;
}
