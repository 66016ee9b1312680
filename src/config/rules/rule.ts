/*
 * Open this file first: it is what each rule sees and returns. The other files are the rules that look at more than one key:
 * `access.ts` (who may call), `apps.ts` with the rules of each provider (`provider-rules.ts`, `apns.ts`, `fcm.ts`,
 * `webpush.ts`, `makers.ts`, `certificates.ts`), `redis.ts`, `user-tokens.ts`, `contradictions.ts`, `secret-strength.ts`, and `mode.ts` (real providers or the sandbox).
 */

import type { Clock } from '../../domain/clock';
import type { ConfigInput } from '../read/input';
import type { ConfigProblem, ConfigWarning } from '../problem';
import type { ListenSockets } from '../read/listen-sockets';
import type { ProxyEnvironment } from '../proxy';
import type { Sections } from '../schema';
import { serverSchema } from '../sections/server';

/** What a rule over several keys sees. A section that has a fault of its own is absent, the input is always there. */
export interface RuleInput {
  readonly input: ConfigInput;
  readonly sections: Partial<Sections>;
  /** Keys that are set by a file that could not be read. */
  readonly unread: readonly string[];
  readonly proxies: ProxyEnvironment;
  readonly sockets: ListenSockets;
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

/**
 * Where the relay will listen, also while another key of the section has a fault; a faulty host counts as loopback, and a
 * passed socket, whose address only shows at start, as one that others can reach.
 */
export function listenHost({ input, sockets }: Pick<RuleInput, 'input' | 'sockets'>): string {
  if (sockets.server !== null) return 'of LISTEN_FDS';
  return serverSchema.shape.host.safeParse(input.get(['server', 'host'])).data ?? 'localhost';
}
