import type { Config } from './config';
import { checkAccess } from './rules/access';
import { checkApps } from './rules/apps';
import { checkContradictions } from './rules/contradictions';
import { chooseMode } from './rules/mode';
import { checkRedis } from './rules/redis';
import { checkUserTokens } from './rules/user-tokens';
import type { Findings, RuleInput } from './rules/rule';
import { mergeFindings } from './rules/rule';
import type { Sections } from './schema';
import { sections as schemas } from './schema';

export interface RuleFindings extends Findings {
  readonly mode: Config['providersMode'];
  /** All sections; null while one has a fault. */
  readonly whole: Sections | null;
}

/** The rules that look at more than one key. */
export function checkRules(rule: RuleInput): RuleFindings {
  const mode = chooseMode(rule);
  const isSandbox = mode.mode === 'sandbox';
  const findings = mergeFindings([
    checkAccess(rule),
    mode,
    checkApps(rule, isSandbox),
    checkContradictions(rule),
    checkRedis(rule),
    checkUserTokens(rule),
  ]);
  return { ...findings, mode: mode.mode, whole: isWhole(rule.sections) ? rule.sections : null };
}

function isWhole(sections: Partial<Sections>): sections is Sections {
  return Object.keys(schemas).every((name) => Object.hasOwn(sections, name));
}
