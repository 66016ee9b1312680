import type { HttpResult } from '../../transport/port';
import { connectToService } from '../service-client';
import { Findings, type Finding } from './finding';
import type { DoctorOptions } from './options';

/** main's own limit; v2 waits for 10 s. */
const slowMs = 5_000;
const timeoutMs = 10_000;

/** The address that WuKongIM calls, called as WuKongIM does: with an online-status event that names nobody. */
export async function checkWebhook({ webhookUrl, clock }: DoctorOptions): Promise<readonly Finding[]> {
  const findings = new Findings('webhook');
  if (webhookUrl === null)
    return findings.skipped(
      '',
      'The address that WuKongIM calls is not known.',
      'Give it with --webhook-url.',
    ).all;
  const url = new URL(webhookUrl);
  const subject = url.host;
  const client = connectToService(
    { baseUrl: url.origin, proxyUrl: null, maxConnections: 1, connectTimeoutMs: timeoutMs },
    null,
  );
  const startedAtMs = clock.monotonicMs();
  const result = await new Promise<HttpResult>((resolve) =>
    client.request(
      {
        method: 'POST',
        path: pathOf(webhookUrl),
        headers: authorizationOf(url),
        sensitive: [],
        body: '[]',
        timeoutMs,
      },
      resolve,
    ),
  );
  const tookMs = clock.monotonicMs() - startedAtMs;
  await client.close(0);
  if (result.kind === 'response') return judge(findings, subject, { ...result, tookMs }).all;
  return findings.failed(
    subject,
    `It cannot be reached: ${result.cause}.`,
    'Start the relay, and use an address that is reachable from WuKongIM (in a container, localhost is the container itself).',
  ).all;
}

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly tookMs: number;
}

function judge(findings: Findings, subject: string, { status, body, tookMs }: Answer): Findings {
  const got = `It answers ${String(status)}.`;
  if (status === 401 || status === 403)
    return findings.failed(
      subject,
      `${got} The secret in the address is wrong or missing, or the sender is not allowed.`,
      'Use a secret of webhook.secrets (WEBHOOK_SECRET) in the address, and check webhook.allow_from.',
    );
  if (status === 404)
    return findings.failed(
      subject,
      `${got} The path is not the one of the webhook.`,
      'Use the path /webhook, or /webhook/SECRET, and check the paths of a proxy in between.',
    );
  if (status >= 300 && status < 400)
    return findings.failed(
      subject,
      `${got} WuKongIM follows a redirect without the message, and considers it delivered.`,
      'Use the address that the redirect leads to.',
    );
  if (status !== 200)
    return findings.failed(
      subject,
      `${got} Only 200 counts for WuKongIM: v2 loses the event otherwise.`,
      'Check what answers at this address: the relay, or a proxy in front of it.',
    );
  if (body !== '')
    return findings.warning(
      subject,
      `${got} The answer has a body, so it is not from the relay, or a proxy adds it. v2 then closes each connection.`,
      'Check what answers at this address.',
    );
  if (tookMs > slowMs)
    return findings.warning(
      subject,
      `It answers 200 after ${(tookMs / 1000).toFixed(1)} s. main gives up after 5 s.`,
      'Check the store (redis, disk) and the network between.',
    );
  return findings.ok(subject, `It answers 200 in ${tookMs.toFixed(0)} ms.`);
}

/** As v2 writes it: behind whatever the address has, a query included. */
function pathOf(webhookUrl: string): string {
  const path = webhookUrl.replace(/^https?:\/\/[^/?#]*/i, '').replace(/#.*$/, '');
  return `${path.startsWith('/') ? '' : '/'}${path}?event=user.onlinestatus`;
}

function authorizationOf({ username, password }: URL): Record<string, string> {
  if (username === '' && password === '') return {};
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}
