import type { Config } from '../../config/config';
import type { AppConfig } from '../../config/sections/app';
import type { Endpoint } from '../../config/sections/endpoint';
import { silentLogger } from '../../domain/logger';
import { createEitherClient } from '../../transport/either-client';
import { Findings, type Finding } from './finding';
import type { DoctorOptions } from './options';

/** Apple accepts a token that is an hour old, Google an assertion of some minutes, OPPO a signature of ten. */
const noticedMs = 30_000;
const refusedMs = 300_000;
const timeoutMs = 10_000;

/** The clock of this machine, against the `Date` of Apple's and Google's answers. */
export async function checkClock(options: DoctorOptions): Promise<readonly Finding[]> {
  const findings = new Findings('clock');
  const { config } = options;
  const endpoints = config.providersMode === 'real' ? endpointsOf(config) : [];
  if (endpoints.length === 0)
    return findings.skipped('', 'Neither Apple nor Google is configured to compare the clock with.').all;
  const offs = await Promise.all(endpoints.map(async (at) => ({ at, offMs: await offsetOf(at, options) })));
  for (const { at, offMs } of offs) {
    const subject = new URL(at.url).hostname;
    if (offMs === null) {
      findings.skipped(subject, 'There was no answer with a Date.');
      continue;
    }
    const seconds = Math.round(Math.abs(offMs) / 1000);
    if (Math.abs(offMs) <= noticedMs) findings.ok(subject, `The clocks agree (${String(seconds)} s).`);
    else {
      const detail = `The clock of this machine is ${String(seconds)} s ${offMs > 0 ? 'ahead' : 'behind'}.`;
      const fix =
        'Synchronize the clock (NTP: chrony or systemd-timesyncd). Providers refuse tokens from a wrong clock.';
      findings[Math.abs(offMs) > refusedMs ? 'failed' : 'warning'](subject, detail, fix);
    }
  }
  return findings.all;
}

/** One address each of Apple and Google. */
function endpointsOf({ apps }: Config): readonly Endpoint[] {
  const first = (of: (app: AppConfig) => Endpoint | null): Endpoint[] =>
    apps.flatMap((app) => of(app) ?? []).slice(0, 1);
  return [
    ...first(({ apns }) => (apns === null ? null : apns.endpoints[apns.lanes[0] ?? 'production'])),
    ...first(({ fcm }) => fcm?.endpoint ?? null),
  ];
}

/** Above 0: this machine is ahead. Null: nobody said. */
async function offsetOf({ url, proxyUrl }: Endpoint, { clock }: DoctorOptions): Promise<number | null> {
  const client = createEitherClient(
    {
      baseUrl: url,
      proxyUrl: proxyUrl?.reveal() ?? null,
      minConnections: 0,
      maxConnections: 1,
      maxStreamsPerConnection: 1,
      singleStreamUntilFirstAnswer: false,
      tls: {},
      pingIntervalMs: timeoutMs,
      pingTimeoutMs: timeoutMs,
      connectTimeoutMs: timeoutMs,
      idleTimeoutMs: timeoutMs,
      orHttp1: true,
    },
    { clock, logger: silentLogger },
  );
  const startedAtMs = clock.now();
  const date = await new Promise<string | null>((resolve) =>
    client.request({ method: 'GET', path: '/', headers: {}, sensitive: [], body: '', timeoutMs }, (result) =>
      resolve(result.kind === 'response' ? (result.headers['date'] ?? null) : null),
    ),
  );
  const endedAtMs = clock.now();
  await client.close(0);
  const theirsMs = date === null ? Number.NaN : Date.parse(date);
  // A Date has whole seconds: on average it is half a second old.
  return Number.isNaN(theirsMs) ? null : (startedAtMs + endedAtMs) / 2 - (theirsMs + 500);
}
