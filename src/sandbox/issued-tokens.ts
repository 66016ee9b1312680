import { randomBytes } from 'node:crypto';
import type { Clock } from '../domain/clock';

export type BearerState = 'valid' | 'missing' | 'expired' | 'unknown';

const keptTokens = 10_000;

/** Access tokens that a token endpoint has handed out, each until it expires or is revoked. */
export class IssuedTokens {
  issued = 0;
  readonly #tokens = new Map<string, number>();
  readonly #prefix: string;
  readonly #clock: Clock;

  constructor(prefix: string, clock: Clock) {
    this.#prefix = prefix;
    this.#clock = clock;
  }

  issue(lifetimeSeconds: number): string {
    const token = `${this.#prefix}${randomBytes(24).toString('base64url')}`;
    if (this.#tokens.size >= keptTokens) this.#tokens.clear();
    this.#tokens.set(token, this.#clock.now() + lifetimeSeconds * 1000);
    this.issued += 1;
    return token;
  }

  /** All tokens issued so far are refused from now on. */
  revokeAll(): void {
    this.#tokens.clear();
  }

  /** `authorization`: the header. */
  bearer(authorization: string | undefined): BearerState {
    if (authorization === undefined) return 'missing';
    const scheme = authorization.slice(0, 7);
    if (scheme !== 'Bearer ' && scheme.toLowerCase() !== 'bearer ') return 'unknown';
    return this.stateOf(authorization.slice(7));
  }

  stateOf(token: string): BearerState {
    const expiresAtMs = this.#tokens.get(token);
    if (expiresAtMs === undefined) return 'unknown';
    return this.#clock.now() < expiresAtMs ? 'valid' : 'expired';
  }
}
