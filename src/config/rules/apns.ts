import type { ConfigInput } from '../read/input';
import { isTree } from '../read/input';
import type { ConfigProblem } from '../problem';
import { defaultApp } from '../sections/app';
import { checkCertificates } from './certificates';
import type { ProviderRules } from './provider-rules';

const credentialKeys = [
  'key',
  'key_id',
  'team_id',
  'topic',
  'cert',
  'cert_key',
  'pfx',
  'passphrase',
] as const;

export const apnsRules: ProviderRules = {
  hasCredential: (input, app) =>
    ['key', 'cert', 'pfx'].some((name) => input.has(['apps', app, 'apns', name])),
  hasHalfCredential: (input, app) =>
    !apnsRules.hasCredential(input, app) &&
    credentialKeys.some((name) => input.has(['apps', app, 'apns', name])),
  check: ({ input, sections, clock }, app, isSandbox) => {
    const problems = isTree(input.get(['apps', app, 'apns'])) ? checkPresence(input, app, isSandbox) : [];
    const apns = sections.apps?.[app]?.apns ?? null;
    if (apns === null || problems.length > 0) return { problems, warnings: [] };
    const { problems: faults, warnings } = checkCertificates(input, app, apns, clock.now());
    const isOff = !isSandbox && !apnsRules.hasCredential(input, app);
    const off = { key: `apps.${app}.apns`, message: 'no credential; APNs is off for this app' };
    return { problems: faults, warnings: isOff ? [...warnings, off] : warnings };
  },
  urls: ({ apns }) => (apns === null || apns.proxy !== null ? [] : [apns.url, apns.sandbox_url]),
};

function checkPresence(input: ConfigInput, app: string, isSandbox: boolean): ConfigProblem[] {
  const path = ['apps', app, 'apns'];
  const has = (name: string) => input.has([...path, name]);
  const missing = (name: string, why: string): ConfigProblem => ({
    key: `${path.join('.')}.${name}`,
    source: null,
    message: `is required${variableHint(app, name)}, because ${why}`,
  });
  const kinds = ['key', 'cert', 'pfx'].filter(has);
  if (kinds.length > 1) {
    return [
      {
        key: path.join('.'),
        source: kinds.map((name) => input.sourceOf([...path, name]) ?? name).join(', '),
        message: `expected one credential: key with key_id and team_id, or cert with cert_key, or pfx; got ${kinds.join(' and ')}`,
      },
    ];
  }
  const [kind] = kinds;
  const stray = credentialKeys.find(has);
  if (kind === undefined)
    return stray === undefined || isSandbox ? [] : [missing('key', `${stray} is set; or cert, or pfx`)];
  const problems: ConfigProblem[] = [];
  if (kind === 'key') {
    const names = ['key_id', 'team_id'].filter((name) => !has(name));
    problems.push(...names.map((name) => missing(name, 'key is set')));
  }
  if (!has('topic')) problems.push(missing('topic', `${kind} is set`));
  if (kind !== 'cert' && has('cert_key')) problems.push(missing('cert', 'cert_key is set'));
  return problems;
}

function variableHint(app: string, name: string): string {
  return app === defaultApp ? ` (APNS_${name.toUpperCase()})` : '';
}
