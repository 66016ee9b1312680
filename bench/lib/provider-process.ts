import { issueServerCertificate } from '../../src/sandbox/certificates/authority';
import { startSandbox, type Sandbox } from '../../src/sandbox/sandbox';
import { systemClock } from '../../src/domain/clock';
import { relayEnvironment } from '../../test/helpers/fakes';
import type { ProviderOrder, ProviderReport } from './provider-messages';
import { RawProvider } from './raw-provider';
import { quantile } from './statistics';

/**
 * The fake providers in a process of their own: the sandbox for the credentials and OAuth, the raw provider for the pushes.
 */
const reportMs = 5;

function say(report: ProviderReport): void {
  process.send?.(report);
}

async function main(): Promise<void> {
  const sandbox = await startSandbox({ record: 'counts' });
  const certificate = await issueServerCertificate(
    sandbox.identity.authority,
    ['localhost', '127.0.0.1'],
    systemClock,
  );
  const provider = new RawProvider();
  const apnsUrl = await provider.listen(certificate, 'apns');
  const fcmUrl = await provider.listen(certificate, 'fcm');
  let reported = 0;
  setInterval(() => {
    const accepted = acceptedBy(provider, sandbox);
    if (accepted === reported) return;
    reported = accepted;
    say({ kind: 'accepted', accepted });
  }, reportMs);
  process.on('message', (order: ProviderOrder) => obey(provider, sandbox, order));
  process.on('disconnect', () => process.exit());
  const env = await relayEnvironment(sandbox);
  say({
    kind: 'ready',
    env: { ...env, APNS_URL: apnsUrl, APNS_SANDBOX_URL: apnsUrl, FCM_URL: fcmUrl },
    appsYaml: makersYaml(sandbox),
  });
}

/** Of the makers by device tokens, which come many per call. */
function acceptedBy(provider: RawProvider, sandbox: Sandbox): number {
  return provider.counts.accepted + sandbox.huawei.counts.accepted;
}

/** The makers' part of a relay's configuration, in YAML that is JSON. */
function makersYaml({ huawei, credentials }: Sandbox): string {
  const { appId, appSecret } = credentials.huawei;
  const section = { app_id: appId, app_secret: appSecret, url: huawei.url, auth_url: huawei.url };
  return JSON.stringify({ default: { huawei: section } });
}

function obey(provider: RawProvider, sandbox: Sandbox, order: ProviderOrder): void {
  switch (order.kind) {
    case 'behave':
      provider.latencyMs = order.latencyMs;
      provider.takesStamps = order.takesStamps;
      provider.reset();
      return;
    case 'hold':
      return provider.hold();
    case 'release':
      return provider.release();
    case 'ask': {
      const { latencies } = provider;
      const at = (share: number) => (latencies.length === 0 ? null : quantile(latencies, share) / 1000);
      say({
        kind: 'told',
        ...provider.counts,
        accepted: acceptedBy(provider, sandbox),
        stamped: latencies.length,
        p50Ms: at(0.5),
        p99Ms: at(0.99),
        maxMs: at(1),
      });
      return;
    }
    default:
      return order satisfies never;
  }
}

void main();
