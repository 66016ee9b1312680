import { didYouMean } from '../did-you-mean';
import type { ConfigInput } from '../read/input';
import { isTree } from '../read/input';
import type { ConfigProblem, ConfigWarning } from '../problem';
import { DEFAULT_APP } from '../sections/app';
import { checkCertificates } from './certificates';
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

export function appNames(input: ConfigInput): readonly string[] {
  const apps = input.get(['apps']);
  return isTree(apps) ? Object.keys(apps) : [];
}

/** True when something that can authenticate at a provider is configured. */
export function hasCredential(input: ConfigInput, app: string): boolean {
  return (
    hasApnsCredential(input, app) ||
    isTree(input.get(['apps', app, 'fcm'])) ||
    input.has(['apps', app, 'fcm', 'service_account'])
  );
}

function hasApnsCredential(input: ConfigInput, app: string): boolean {
  return ['key', 'cert', 'pfx'].some((name) => input.has(['apps', app, 'apns', name]));
}

/** True when an app has parts of a credential, as with a mistyped APNS_KEY_FILE: that is no wish for the sandbox. */
export function hasHalfCredential(input: ConfigInput, app: string): boolean {
  return (
    !hasApnsCredential(input, app) && CREDENTIAL_KEYS.some((name) => input.has(['apps', app, 'apns', name]))
  );
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
      message: `expected apns or fcm with a credential${nearName(input, app)}`,
    });
  }
  const apns = sections.apps?.[app]?.apns ?? null;
  if (apns !== null && problems.length === 0) {
    const certificates = checkCertificates(input, app, apns, rule.clock.now());
    problems.push(...certificates.problems);
    warnings.push(...certificates.warnings);
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
  const stray = CREDENTIAL_KEYS.find(has);
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

export function variableHint(app: string, name: string): string {
  return app === DEFAULT_APP ? ` (APNS_${name.toUpperCase()})` : '';
}
