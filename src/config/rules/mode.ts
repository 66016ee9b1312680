import { isLoopback } from '../cidr';
import type { Config } from '../config';
import { appNames, hasCredential, hasHalfCredential } from './apps';
import { listenHost, type Findings, type RuleInput } from './rule';

export interface ModeFindings extends Findings {
  readonly mode: Config['providersMode'];
}

/** Real providers or the built-in sandbox: a sandbox that swallows real pushes is a loss, so it is never chosen silently. */
export function chooseMode(rule: RuleInput): ModeFindings {
  const { input, sections } = rule;
  const key = 'providers.mode';
  const wanted = sections.providers?.mode ?? null;
  const isConfigured = appNames(input).some((app) => hasCredential(input, app));
  const credentials =
    'a credential (APNS_KEY with APNS_KEY_ID, APNS_TEAM_ID and APNS_TOPIC; FCM_SERVICE_ACCOUNT; or apps.NAME.apns, apps.NAME.fcm)';
  if (wanted === 'sandbox') {
    const message =
      'sandbox: notifications go to the built-in fakes, no phone rings; the configured credentials are not used';
    return { mode: 'sandbox', problems: [], warnings: isConfigured ? [{ key, message }] : [] };
  }
  if (isConfigured) return { mode: 'real', problems: [], warnings: [] };
  // The check of the apps says which part is missing, or its file cannot be read.
  const isTried =
    appNames(input).some((app) => hasHalfCredential(input, app)) ||
    rule.unread.some((each) => each.startsWith('apps.'));
  if (isTried) return { mode: 'real', problems: [], warnings: [] };
  if (wanted === 'real') {
    const message = `expected ${credentials}, because ${key} is real`;
    const problem = { key: 'apps', source: null, message };
    return { mode: 'real', problems: [problem], warnings: [] };
  }
  const host = listenHost(rule);
  if (sections.providers === undefined || isLoopback(host)) {
    const message = `no credential is configured, so notifications go to the built-in sandbox and no phone rings. Configure ${credentials}, or set PROVIDERS=sandbox to try the relay without phones`;
    return { mode: 'sandbox', problems: [], warnings: [{ key, message }] };
  }
  const message = `expected ${credentials}, because the host ${host} is not loopback; or PROVIDERS=sandbox to try the relay without phones`;
  return { mode: 'real', problems: [{ key: 'apps', source: null, message }], warnings: [] };
}
