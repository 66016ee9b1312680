import { systemClock } from '../../src/domain/clock';
import { silentLogger } from '../../src/domain/logger';
import { createHttp2Client } from '../../src/transport/http2-client';

/** What it returns resolves with how many failed: pushes through one kept client, with what differs from push to push made anew. */
export function transportCall(
  baseUrl: string,
  make: (index: number) => { readonly path: string; readonly body: string },
): (index: number) => Promise<number> {
  const client = createHttp2Client(
    {
      baseUrl,
      proxyUrl: null,
      minConnections: 2,
      maxConnections: 8,
      maxStreamsPerConnection: 1000,
      singleStreamUntilFirstAnswer: true,
      tls: {},
      pingIntervalMs: 30_000,
      pingTimeoutMs: 5_000,
      connectTimeoutMs: 10_000,
      idleTimeoutMs: 1_800_000,
    },
    { clock: systemClock, random: Math.random, logger: silentLogger },
  );
  return (index) =>
    new Promise((resolve) => {
      const { path, body } = make(index);
      client.request(
        { method: 'POST', path, headers: headers(index), sensitive, body, timeoutMs: 10_000 },
        (result) => resolve(result.kind === 'response' && result.status === 200 ? 0 : 1),
      );
    });
}

const sensitive = [':path', 'authorization', 'apns-id'];
const authorization = `bearer ${'x'.repeat(180)}`;

function headers(index: number): Record<string, string> {
  return {
    authorization,
    'apns-topic': 'com.example.chat',
    'apns-push-type': 'alert',
    'apns-priority': '10',
    'apns-expiration': '1795950560',
    'apns-collapse-id': 'm-2500000000000000001',
    'apns-id': `5e0d2f10-0000-5000-8000-${String(index).padStart(12, '0')}`,
  };
}
