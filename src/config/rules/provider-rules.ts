import type { ConfigInput } from '../read/input';
import type { AppSection } from '../sections/app';
import type { Findings, RuleInput } from './rule';

/** What the rules ask of each provider's own section of an app. */
export interface ProviderRules {
  /** Something that can authenticate at the provider is configured. */
  hasCredential(input: ConfigInput, app: string): boolean;
  /** Parts of a credential are, as with a mistyped APNS_KEY_FILE: that is no wish for the sandbox. */
  hasHalfCredential(input: ConfigInput, app: string): boolean;
  /** The credential: whole, of one kind, and fitting together. */
  check(rule: RuleInput, app: string, isSandbox: boolean): Findings;
  /** URLs to which a proxy of the environment applies. */
  urls(section: AppSection): readonly string[];
}
