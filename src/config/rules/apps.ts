import { didYouMean } from '../did-you-mean';
import type { ConfigInput } from '../input';
import { isTree } from '../input';
import { certificateEndsAtMs, matchCertificateKey, openPfx } from '../pem';
import type { ConfigProblem, ConfigWarning } from '../problem';
import type { ApnsSection } from '../sections/apns';
import { DEFAULT_APP } from '../sections/app';
import type { Findings, RuleInput } from './rule';

const CREDENTIAL_KEYS = [
  'key',
  'key_id',
  'team_id',
  'topic',
  'cert',
  'cert_key',
  'pfx',
  'passphrase',
] as const;
const MONTH_MS = 30 * 86_400_000;

export function appNames(input: ConfigInput): readonly string[] {
  const apps = input.get(['apps']);
  return isTree(apps) ? Object.keys(apps) : [];
}

/** True when something that can authenticate at a provider is configured. */
export function hasCredential(input: ConfigInput, app: string): boolean {
  return hasApnsCredential(input, app) || isTree(input.get(['apps', app, 'fcm']));
}

function hasApnsCredential(input: ConfigInput, app: string): boolean {
  return ['key', 'cert', 'pfx'].some((name) => input.has(['apps', app, 'apns', name]));
}

/** Each app's credentials: whole, of one kind, and fitting together. */
export function checkApps(rule: RuleInput, isSandbox: boolean): Findings {
  const findings = appNames(rule.input).map((app) => checkApp(rule, app, isSandbox));
  return {
    problems: findings.flatMap(({ problems }) => problems),
    warnings: findings.flatMap(({ warnings }) => warnings),
  };
}

function checkApp(rule: RuleInput, app: string, isSandbox: boolean): Findings {
  const { input, sections } = rule;
  const problems = isTree(input.get(['apps', app, 'apns'])) ? checkApnsPresence(input, app, isSandbox) : [];
  const warnings: ConfigWarning[] = [];
  if (!isSandbox && !hasCredential(input, app) && problems.length === 0) {
    problems.push({
      key: `apps.${app}`,
      source: input.sourceOf(['apps', app]),
      expected: `apns or fcm with a credential${nearName(input, app)}`,
    });
  }
  const apns = sections.apps?.[app]?.apns ?? null;
  if (apns !== null && problems.length === 0) {
    problems.push(...checkCertificate(input, app, apns));
    if (apns.cert !== null && problems.length === 0)
      warnings.push(...checkEnd(app, apns.cert.reveal(), rule.clock.now()));
    if (!isSandbox && !hasApnsCredential(input, app)) {
      warnings.push({ key: `apps.${app}.apns`, message: 'no credential; APNs is off for this app' });
    }
  }
  return { problems, warnings };
}

function nearName(input: ConfigInput, app: string): string {
  const others = appNames(input).filter((name) => name !== app);
  const meant = didYouMean(app, others);
  return meant === null ? '' : ` (did you mean the app ${meant}?)`;
}

function checkApnsPresence(input: ConfigInput, app: string, isSandbox: boolean): ConfigProblem[] {
  const path = ['apps', app, 'apns'];
  const has = (name: string) => input.has([...path, name]);
  const missing = (name: string, why: string): ConfigProblem => ({
    key: `${path.join('.')}.${name}`,
    source: null,
    expected: `to be set${variableHint(app, name)}, because ${why}`,
  });
  const kinds = ['key', 'cert', 'pfx'].filter(has);
  if (kinds.length > 1) {
    const expected = `one credential: key with key_id and team_id, or cert with cert_key, or pfx`;
    return [
      {
        key: path.join('.'),
        source: kinds.map((name) => input.sourceOf([...path, name]) ?? name).join(', '),
        expected,
        got: kinds.join(' and '),
      },
    ];
  }
  const [kind] = kinds;
  const stray = CREDENTIAL_KEYS.find((name) => has(name) && (name !== 'topic' || !isSandbox));
  if (kind === undefined)
    return stray === undefined || isSandbox ? [] : [missing('key', `${stray} is set; or cert, or pfx`)];
  const problems: ConfigProblem[] = [];
  if (kind === 'key')
    problems.push(
      ...['key_id', 'team_id'].filter((name) => !has(name)).map((name) => missing(name, 'key is set')),
    );
  if (!has('topic')) problems.push(missing('topic', `${kind} is set`));
  if (kind !== 'cert' && has('cert_key')) problems.push(missing('cert', 'cert_key is set'));
  return problems;
}

function variableHint(app: string, name: string): string {
  return app === DEFAULT_APP ? ` (APNS_${name.toUpperCase()})` : '';
}

function checkCertificate(
  input: ConfigInput,
  app: string,
  { cert, cert_key: certKey, pfx, passphrase }: ApnsSection,
): ConfigProblem[] {
  const secret = passphrase === null ? null : passphrase.reveal();
  const problem = (name: string, expected: string): ConfigProblem[] => [
    { key: `apps.${app}.apns.${name}`, source: input.sourceOf(['apps', app, 'apns', name]), expected },
  ];
  if (cert !== null) {
    // One PEM file may hold both.
    if (certKey === null && !cert.reveal().includes('PRIVATE KEY-----'))
      return problem('cert_key', `to be set${variableHint(app, 'cert_key')}, because cert is set`);
    const result = matchCertificateKey(cert.reveal(), (certKey ?? cert).reveal(), secret);
    if (!result.ok) return problem(certKey === null ? 'cert' : 'cert_key', result.expected);
  }
  if (pfx !== null) {
    const result = openPfx(pfx.reveal(), secret);
    if (!result.ok) return problem('pfx', result.expected);
  }
  return [];
}

function checkEnd(app: string, cert: string, nowMs: number): ConfigWarning[] {
  const endsAtMs = certificateEndsAtMs(cert);
  if (endsAtMs > nowMs + MONTH_MS) return [];
  const date = new Date(endsAtMs).toISOString().slice(0, 10);
  const message =
    endsAtMs > nowMs
      ? `the certificate ends on ${date}`
      : `the certificate ended on ${date}; APNs will refuse it`;
  return [{ key: `apps.${app}.apns.cert`, message }];
}
