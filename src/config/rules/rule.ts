import type { Clock } from '../../domain/clock';
import type { ConfigInput } from '../input';
import type { ConfigProblem, ConfigWarning } from '../problem';
import type { ProxyEnvironment } from '../proxy';
import type { Sections } from '../schema';
import { serverSchema } from '../sections/server';

/** What a rule over several keys sees. A section that has a fault of its own is absent, the input is always there. */
export interface RuleInput {
  readonly input: ConfigInput;
  readonly sections: Partial<Sections>;
  readonly proxies: ProxyEnvironment;
  readonly clock: Clock;
}

export interface Findings {
  readonly problems: readonly ConfigProblem[];
  readonly warnings: readonly ConfigWarning[];
}

export function mergeFindings(findings: readonly Findings[]): Findings {
  return {
    problems: findings.flatMap(({ problems }) => problems),
    warnings: findings.flatMap(({ warnings }) => warnings),
  };
}

/** Where the relay will listen, also while another key of the section has a fault; a faulty host counts as loopback. */
export function listenHost(input: ConfigInput): string {
  return serverSchema.shape.host.safeParse(input.get(['server', 'host'])).data ?? 'localhost';
}
