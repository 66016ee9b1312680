import { providerNames, type ProviderName } from '../../domain/provider-table';
import type { ConfigInput, KeyPath } from '../read/input';
import { toKey } from '../read/input';
import type { ConfigProblem } from '../problem';
import { chosenProxy } from '../proxy';
import type { Sections } from '../schema';
import { readProxyUrl } from '../sections/endpoint';
import { providerRules } from './apps';
import type { Findings, RuleInput } from './rule';

/** Keys that cannot hold together. */
export function checkContradictions({ input, sections, proxies, sockets }: RuleInput): Findings {
  const problems = [
    ...checkServer(input, sections, sockets),
    ...checkForward(input, sections),
    ...checkDelivery(input, sections),
    ...checkProviders(input, sections),
    ...checkPresence(input, sections),
    ...checkFeedback(input, sections),
    ...checkProxies(sections, proxies),
  ];
  return { problems, warnings: [] };
}

function unless(isFine: boolean, input: ConfigInput, path: KeyPath, message: string): ConfigProblem[] {
  return isFine ? [] : [{ key: toKey(path), source: input.sourceOf(path), message }];
}

function checkServer(
  input: ConfigInput,
  { server, webhook }: Partial<Sections>,
  sockets: RuleInput['sockets'],
): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  if (server !== undefined) {
    const { admin } = server;
    // A passed socket has its own address, and the port of the configuration is not used.
    const serverPort = sockets.server === null ? server.port : null;
    const adminPort = sockets.admin === null ? admin.port : null;
    const isSameHost = (admin.host ?? server.host) === server.host;
    const isSame = adminPort !== null && adminPort !== 0 && adminPort === serverPort && isSameHost;
    problems.push(
      ...unless(
        !isSame,
        input,
        ['server', 'admin', 'port'],
        'expected another port than server.port; leave server.admin out to serve all on one',
      ),
    );
    const grpcPort = server.grpc_port;
    const isTaken = grpcPort === serverPort || (grpcPort === adminPort && isSameHost);
    problems.push(
      ...unless(
        grpcPort === null || grpcPort === 0 || !isTaken,
        input,
        ['server', 'grpc_port'],
        'expected another port than server.port and server.admin.port',
      ),
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

/** Over gRPC the secret is the value of a metadata key: https://grpc.io/docs/guides/metadata/ */
function checkForward(input: ConfigInput, { webhook }: Partial<Sections>): ConfigProblem[] {
  return (webhook?.forward ?? []).flatMap(({ url, secret }, at) =>
    unless(
      secret === null || !url.reveal().startsWith('grpc:') || /^[\x21-\x7e]+$/.test(secret.reveal()),
      input,
      ['webhook', `forward[${at}]`, 'secret'],
      'over gRPC it is sent as it is: expected printable ASCII without blanks',
    ),
  );
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

/** What only WuKongIM's own API can tell needs its address. */
function checkPresence(input: ConfigInput, { wukongim, presence }: Partial<Sections>): ConfigProblem[] {
  if (wukongim === undefined || wukongim.api_url !== null) return [];
  const missing = 'needs wukongim.api_url (WUKONGIM_API_URL), such as http://wukongim:5001';
  return [
    ...unless(wukongim.manager_token === null, input, ['wukongim', 'manager_token'], missing),
    ...unless(
      presence === undefined || presence.skip_online === 'off',
      input,
      ['presence', 'skip_online'],
      missing,
    ),
  ];
}

/** Who gets feedback must be able to check who sent it. */
function checkFeedback(input: ConfigInput, { feedback }: Partial<Sections>): ConfigProblem[] {
  if (feedback === undefined) return [];
  const { url, secret } = feedback;
  return [
    ...unless(
      url === null || secret !== null,
      input,
      ['feedback', 'secret'],
      'is required, because feedback.url is set',
    ),
    ...unless(
      secret === null || url !== null,
      input,
      ['feedback', 'url'],
      'is required, because feedback.secret is set',
    ),
  ];
}

/** The default of a provider that no app has contradicts nothing: it is never called. */
function isCalled(name: ProviderName, input: ConfigInput, apps: Sections['apps'] = {}): boolean {
  return input.has(['providers', name]) || Object.values(apps).some((app) => app[name] !== null);
}

function checkProviders(
  input: ConfigInput,
  { providers, delivery, apps }: Partial<Sections>,
): ConfigProblem[] {
  if (providers === undefined) return [];
  const called = providerNames.filter((name) => isCalled(name, input, apps));
  return called.flatMap((name) => {
    const limits = providers[name];
    const claimSeconds = delivery?.claim_seconds ?? Number.POSITIVE_INFINITY;
    return [
      ...unless(
        (limits.min_connections ?? 0) <= (limits.max_connections ?? Number.POSITIVE_INFINITY),
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
  const urls = Object.values(apps ?? {}).flatMap((app) =>
    providerNames.flatMap((name) => providerRules[name].urls(app)),
  );
  const bad = urls
    .map((url) => chosenProxy(url, proxies))
    .filter((proxy) => proxy !== null && readProxyUrl(proxy.url) === null);
  return [...new Set(bad.map((proxy) => proxy?.variable ?? 'HTTPS_PROXY'))].map((variable) => ({
    key: variable,
    source: 'environment',
    message: `expected a CONNECT proxy http://[user:password@]host:port (in a user or password, write % as %25, @ as %40, / as %2F); or set ${providerNames.map((name) => `apps.NAME.${name}.proxy`).join(' and ')} to none`,
  }));
}
