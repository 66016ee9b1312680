import type { ApnsEnvironment } from '../domain/provider-table';
import type { Random } from '../domain/clock';
import type { Answer } from './answer';

/** A request as a script sees it, before it is judged. What a malformed request does not say is null. */
export interface ScriptedRequest {
  /** Device token: of the path (APNs), of the message (FCM). */
  readonly token: string | null;
  /** FCM: always production. */
  readonly environment: ApnsEnvironment;
  readonly topic: string | null;
  readonly pushType: string | null;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
  readonly connection: number;
}

/** All that is given must match. Device tokens compare without case on APNs. */
export interface RuleMatch {
  readonly token?: string | undefined;
  readonly tokens?: readonly string[] | undefined;
  readonly environment?: ApnsEnvironment | undefined;
  readonly topic?: string | undefined;
  readonly pushType?: string | undefined;
  /** A part of the path. */
  readonly path?: string | undefined;
}

/**
 * One line of the script. Rules are tried in the order in which they came; the first with an answer decides.
 * A rule without an answer adds its latency and the search goes on.
 */
export interface Rule {
  readonly when?: RuleMatch | undefined;
  /** Lets this many matching requests pass first. */
  readonly skip?: number | undefined;
  /** Serves this many, then it is gone; absent: for ever. */
  readonly times?: number | undefined;
  /** Serves this share of the matching requests, 0 to 1, by chance. */
  readonly share?: number | undefined;
  readonly latencyMs?: number | undefined;
  readonly answer?: Answer | undefined;
}

/** Null: no opinion, the next rule is asked. */
export type ScriptFunction = (request: ScriptedRequest) => Answer | null;

export interface RuleHandle {
  readonly id: number;
  /** How many requests it served. */
  readonly hits: number;
  remove(): void;
}

export interface Plan {
  readonly latencyMs: number;
  readonly answer: Answer | null;
}

interface Line {
  readonly id: number;
  readonly rule: Rule | ScriptFunction;
  readonly tokens: ReadonlySet<string> | null;
  skip: number;
  left: number;
  hits: number;
}

const asUsual: Plan = { latencyMs: 0, answer: null };

/** The lines in force. A line that has served its times is gone. */
export class Script {
  readonly #lines = new Map<number, Line>();
  #lastId = 0;
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  get isEmpty(): boolean {
    return this.#lines.size === 0;
  }

  add(rule: Rule | ScriptFunction): RuleHandle {
    this.#lastId += 1;
    const id = this.#lastId;
    const plain = typeof rule === 'function' ? {} : rule;
    const line: Line = {
      id,
      rule,
      tokens: tokensOf(plain.when),
      skip: plain.skip ?? 0,
      left: plain.times ?? Number.POSITIVE_INFINITY,
      hits: 0,
    };
    if (line.left > 0) this.#lines.set(id, line);
    return {
      id,
      get hits() {
        return line.hits;
      },
      remove: () => void this.#lines.delete(id),
    };
  }

  clear(): void {
    this.#lines.clear();
  }

  plan(request: ScriptedRequest): Plan {
    if (this.#lines.size === 0) return asUsual;
    let latencyMs = 0;
    for (const line of this.#lines.values()) {
      const { rule } = line;
      if (typeof rule === 'function') {
        const answer = rule(request);
        if (answer === null) continue;
        line.hits += 1;
        return { latencyMs, answer };
      }
      if (!this.#serves(line, rule, request)) continue;
      latencyMs += rule.latencyMs ?? 0;
      if (rule.answer !== undefined) return { latencyMs, answer: rule.answer };
    }
    return { latencyMs, answer: null };
  }

  #serves(line: Line, rule: Rule, request: ScriptedRequest): boolean {
    if (!matches(rule.when, line.tokens, request)) return false;
    if (rule.share !== undefined && this.#random() >= rule.share) return false;
    if (line.skip > 0) {
      line.skip -= 1;
      return false;
    }
    line.hits += 1;
    line.left -= 1;
    if (line.left <= 0) this.#lines.delete(line.id);
    return true;
  }
}

function tokensOf(when: RuleMatch | undefined): ReadonlySet<string> | null {
  if (when?.token === undefined && when?.tokens === undefined) return null;
  const tokens = [...(when.tokens ?? []), ...(when.token === undefined ? [] : [when.token])];
  return new Set(tokens.flatMap((token) => [token, token.toLowerCase()]));
}

function matches(
  when: RuleMatch | undefined,
  tokens: ReadonlySet<string> | null,
  request: ScriptedRequest,
): boolean {
  if (when === undefined) return true;
  if (tokens !== null && (request.token === null || !tokens.has(request.token))) return false;
  if (when.environment !== undefined && when.environment !== request.environment) return false;
  if (when.topic !== undefined && when.topic !== request.topic) return false;
  if (when.pushType !== undefined && when.pushType !== request.pushType) return false;
  return when.path === undefined || request.path.includes(when.path);
}
