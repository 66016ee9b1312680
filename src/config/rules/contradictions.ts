import type { ConfigInput, KeyPath } from '../read/input';
import { toKey } from '../read/input';
import type { ConfigProblem } from '../problem';
import { chosenProxy } from '../proxy';
import type { Sections } from '../schema';
import { readProxyUrl } from '../sections/endpoint';
import type { Findings, RuleInput } from './rule';

/** Keys that cannot hold together. */
export function checkContradictions({ input, sections, proxies }: RuleInput): Findings {
  const problems = [
    ...checkServer(input, sections),
    ...checkDelivery(input, sections),
    ...checkProviders(input, sections),
    ...checkProxies(sections, proxies),
  ];
  return { problems, warnings: [] };
}

function unless(isFine: boolean, input: ConfigInput, path: KeyPath, message: string): ConfigProblem[] {
  return isFine ? [] : [{ key: toKey(path), source: input.sourceOf(path), message }];
}

function checkServer(input: ConfigInput, { server, webhook }: Partial<Sections>): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  if (server !== undefined) {
    const { admin } = server;
    const isSame =
      admin.port === server.port && admin.port !== 0 && (admin.host ?? server.host) === server.host;
    problems.push(
      ...unless(
        !isSame,
        input,
        ['server', 'admin', 'port'],
        'expected another port than server.port; leave server.admin out to serve all on one',
      ),
    );
    problems.push(
      ...unless(
        admin.host === null || admin.port !== null,
        input,
        ['server', 'admin', 'port'],
        'is required, because server.admin.host is set',
      ),
    );
  }
  if (webhook !== undefined) {
    const isFine = webhook.max_inflight_bytes >= webhook.max_body_bytes;
    problems.push(
      ...unless(isFine, input, ['webhook', 'max_inflight_bytes'], 'expected at least webhook.max_body_bytes'),
    );
  }
  return problems;
}

function checkDelivery(input: ConfigInput, { delivery }: Partial<Sections>): ConfigProblem[] {
  if (delivery === undefined) return [];
  const isRenewedTwice = delivery.renewal_seconds * 2 <= delivery.claim_seconds;
  return unless(
    isRenewedTwice,
    input,
    ['delivery', 'renewal_seconds'],
    'expected at most half of delivery.claim_seconds, so that one late renewal loses no claim',
  );
}

function checkProviders(input: ConfigInput, { providers, delivery }: Partial<Sections>): ConfigProblem[] {
  if (providers === undefined) return [];
  return (['apns', 'fcm'] as const).flatMap((name) => {
    const limits = providers[name];
    const claimSeconds = delivery?.claim_seconds ?? Number.POSITIVE_INFINITY;
    return [
      ...unless(
        limits.min_connections <= limits.max_connections,
        input,
        ['providers', name, 'min_connections'],
        `expected at most providers.${name}.max_connections`,
      ),
      ...unless(
        limits.timeout_seconds * 2 <= claimSeconds,
        input,
        ['providers', name, 'timeout_seconds'],
        'expected at most half of delivery.claim_seconds',
      ),
    ];
  });
}

/** A proxy of the environment that would be used must be one that the relay can speak to. */
function checkProxies({ apps }: Partial<Sections>, proxies: RuleInput['proxies']): ConfigProblem[] {
  const urls = Object.values(apps ?? {}).flatMap(({ apns, fcm }) => [
    ...(apns === null || apns.proxy !== null ? [] : [apns.url, apns.sandbox_url]),
    ...(fcm === null || fcm.proxy !== null
      ? []
      : [fcm.url, ...(fcm.service_account === null ? [] : [fcm.service_account.tokenUri])]),
  ]);
  const bad = urls
    .map((url) => chosenProxy(url, proxies))
    .filter((proxy) => proxy !== null && readProxyUrl(proxy.url) === null);
  return [...new Set(bad.map((proxy) => proxy?.variable ?? 'HTTPS_PROXY'))].map((variable) => ({
    key: variable,
    source: 'environment',
    message:
      'expected a CONNECT proxy http://[user:password@]host:port (in a user or password, write % as %25, @ as %40, / as %2F); or set apps.NAME.apns.proxy and apps.NAME.fcm.proxy to none',
  }));
}
