import type { ConfigInput, KeyPath } from '../input';
import { toKey } from '../input';
import type { ConfigProblem } from '../problem';
import { proxyForUrl } from '../proxy';
import type { Sections } from '../schema';
import { readProxyUrl } from '../sections/endpoint';
import type { Findings, RuleInput } from './rule';

/** Keys that cannot hold together. */
export function checkContradictions({ input, sections, proxies }: RuleInput): Findings {
  const problems = [
    ...checkServer(input, sections),
    ...checkDelivery(input, sections),
    ...checkProviders(input, sections),
    ...checkRedis(input),
    ...checkWukongim(input),
    ...checkProxies(sections, proxies),
  ];
  return { problems, warnings: [] };
}

function unless(isFine: boolean, input: ConfigInput, path: KeyPath, expected: string): ConfigProblem[] {
  return isFine ? [] : [{ key: toKey(path), source: input.sourceOf(path), expected }];
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
        'another port than server.port; leave server.admin out to serve all on one',
      ),
    );
    problems.push(
      ...unless(
        admin.host === null || admin.port !== null,
        input,
        ['server', 'admin', 'port'],
        'to be set, because server.admin.host is set',
      ),
    );
  }
  if (webhook !== undefined) {
    const isFine = webhook.max_inflight_bytes >= webhook.max_body_bytes;
    problems.push(
      ...unless(isFine, input, ['webhook', 'max_inflight_bytes'], 'at least webhook.max_body_bytes'),
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
    'at most half of delivery.claim_seconds, so that one late renewal loses no claim',
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
        `at most providers.${name}.max_connections`,
      ),
      ...unless(
        limits.timeout_seconds < claimSeconds,
        input,
        ['providers', name, 'timeout_seconds'],
        'less than delivery.claim_seconds',
      ),
    ];
  });
}

function checkRedis(input: ConfigInput): ConfigProblem[] {
  const hasSentinels = input.has(['redis', 'sentinels']);
  const hasName = input.has(['redis', 'sentinel_name']);
  return [
    ...unless(
      !hasSentinels || hasName,
      input,
      ['redis', 'sentinel_name'],
      'to be set, because redis.sentinels is set',
    ),
    ...unless(
      hasSentinels || !hasName,
      input,
      ['redis', 'sentinels'],
      'to be set, because redis.sentinel_name is set',
    ),
  ];
}

function checkWukongim(input: ConfigInput): ConfigProblem[] {
  const isFine = !input.has(['wukongim', 'manager_token']) || input.has(['wukongim', 'api_url']);
  return unless(
    isFine,
    input,
    ['wukongim', 'api_url'],
    'to be set (WUKONGIM_API_URL), because wukongim.manager_token is set',
  );
}

/** A proxy of the environment that would be used must be one that the relay can speak to. */
function checkProxies({ apps }: Partial<Sections>, proxies: RuleInput['proxies']): ConfigProblem[] {
  const urls = Object.values(apps ?? {}).flatMap(({ apns, fcm }) => [
    ...(apns === null || apns.proxy !== null ? [] : [apns.url, apns.sandbox_url]),
    ...(fcm === null || fcm.proxy !== null ? [] : [fcm.url]),
  ]);
  const isFine = urls.every((url) => {
    const proxy = proxyForUrl(url, proxies);
    return proxy === null || readProxyUrl(proxy) !== null;
  });
  const expected =
    'a CONNECT proxy http://[user:password@]host:port; or apps.NAME.apns.proxy and apps.NAME.fcm.proxy: none';
  return isFine ? [] : [{ key: 'HTTPS_PROXY', source: 'environment', expected }];
}
