import { didYouMean } from '../did-you-mean';
import type { ConfigInput } from '../read/input';
import { isTree } from '../read/input';
import { providerNames, type PerProvider } from '../../domain/provider-table';
import { apnsRules } from './apns';
import { fcmRules } from './fcm';
import { makerRules } from './makers';
import { webPushRules } from './webpush';
import type { ProviderRules } from './provider-rules';
import { mergeFindings, type Findings, type RuleInput } from './rule';

export const providerRules: PerProvider<ProviderRules> = {
  apns: apnsRules,
  fcm: fcmRules,
  ...makerRules,
  webpush: webPushRules,
};

export function appNames(input: ConfigInput): readonly string[] {
  const apps = input.get(['apps']);
  return isTree(apps) ? Object.keys(apps) : [];
}

/** True when something that can authenticate at a provider is configured. */
export function hasCredential(input: ConfigInput, app: string): boolean {
  return providerNames.some((name) => providerRules[name].hasCredential(input, app));
}

export function hasHalfCredential(input: ConfigInput, app: string): boolean {
  return providerNames.some((name) => providerRules[name].hasHalfCredential(input, app));
}

/** Each app's credentials: whole, of one kind, and fitting together. */
export function checkApps(rule: RuleInput, isSandbox: boolean): Findings {
  return mergeFindings(appNames(rule.input).map((app) => checkApp(rule, app, isSandbox)));
}

function checkApp(rule: RuleInput, app: string, isSandbox: boolean): Findings {
  const { input } = rule;
  const found = mergeFindings(providerNames.map((name) => providerRules[name].check(rule, app, isSandbox)));
  if (isSandbox || hasCredential(input, app) || found.problems.length > 0) return found;
  const problem = {
    key: `apps.${app}`,
    source: input.sourceOf(['apps', app]),
    message: `expected ${providerNames.join(' or ')} with a credential${nearName(input, app)}`,
  };
  return { ...found, problems: [problem] };
}

function nearName(input: ConfigInput, app: string): string {
  const others = appNames(input).filter((name) => name !== app);
  const meant = didYouMean(app, others);
  return meant === null ? '' : ` (did you mean the app ${meant}?)`;
}
