import type { JWTVerifyGetKey } from 'jose' with { 'resolution-mode': 'import' };
import type { Clock } from '../domain/clock';
import type { UserTokenEvents } from '../observability/user-token-events';
import type { HttpClient } from '../transport/port';
import { readKeySet, type KeySet } from './key-set';
import { KeysUnavailableError, type loadJose } from './user-tokens';

type Jose = Awaited<ReturnType<typeof loadJose>>;
type Key = Awaited<ReturnType<ReturnType<Jose['createLocalJWKSet']>>>;

export interface RemoteKeysContext {
  readonly jose: Jose;
  readonly client: HttpClient;
  /** Path and query, relative to the client's origin. */
  readonly path: string;
  /** For a request and its whole answer. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly events: UserTokenEvents;
}

/**
 * The keys that an issuer publishes.
 *
 * empty (none were fetched yet: tokens cannot be verified) → filled. Keys are fetched again once they are ten minutes old, and
 * for a token whose key is unknown, at most once a minute. A fetch that fails leaves the keys that there are.
 */
export class RemoteKeys {
  #found: ReturnType<Jose['createLocalJWKSet']> | null = null;
  #fetchedAtMs = 0;
  #askAgainAtMs = 0;
  #asking: Promise<void> | null = null;
  #outage: { readonly sinceMs: number; readonly reason: string } | null = null;
  readonly #context: RemoteKeysContext;

  constructor(context: RemoteKeysContext) {
    this.#context = context;
  }

  /** Why the latest fetch failed, and since when, ms since the epoch; null: it did not. */
  get outage(): { readonly sinceMs: number; readonly reason: string } | null {
    return this.#outage;
  }

  /** Finds the key of a token. Rejects with KeysUnavailableError, or with jose's error where there is none. */
  readonly find: JWTVerifyGetKey = async (header, token) => {
    const before = this.#found;
    if (before === null || this.#nowMs() - this.#fetchedAtMs > freshMs) {
      const asked = this.refresh();
      if (before === null) await asked;
    }
    const known = this.#found;
    if (known === null) throw new KeysUnavailableError();
    try {
      return await known(header, token);
    } catch (error) {
      if (!this.#isUnknown(error)) throw error;
      return this.#findNew(header, token);
    }
  };

  /** Never rejects. Asks nobody where somebody has asked a moment ago. */
  refresh(): Promise<void> {
    if (this.#asking !== null) return this.#asking;
    if (this.#nowMs() < this.#askAgainAtMs) return Promise.resolve();
    this.#asking = this.#fetch().finally(() => (this.#asking = null));
    return this.#asking;
  }

  async #findNew(...token: Parameters<JWTVerifyGetKey>): Promise<Key> {
    await this.refresh();
    const known = this.#found;
    if (known === null) throw new KeysUnavailableError();
    try {
      return await known(...token);
    } catch (error) {
      // It may be one of those that cannot be fetched.
      if (this.#isUnknown(error) && this.#outage !== null) throw new KeysUnavailableError();
      throw error;
    }
  }

  #isUnknown(error: unknown): boolean {
    return error instanceof this.#context.jose.errors.JWKSNoMatchingKey;
  }

  async #fetch(): Promise<void> {
    const { jose, clock, events } = this.#context;
    const keys = await this.#ask();
    const nowMs = this.#nowMs();
    if (typeof keys !== 'string') {
      this.#found = jose.createLocalJWKSet(keys);
      this.#fetchedAtMs = nowMs;
      if (this.#outage !== null) events.keysFetchedAgain(Math.max(0, clock.now() - this.#outage.sinceMs));
      this.#outage = null;
    } else if (this.#outage === null) {
      this.#outage = { sinceMs: clock.now(), reason: keys };
      events.keysUnavailable({ reason: keys, hasKeys: this.#found !== null });
    } else this.#outage = { ...this.#outage, reason: keys };
    this.#askAgainAtMs = nowMs + (this.#found === null ? emptyPaceMs : paceMs);
  }

  /** The keys, or why there are none. */
  #ask(): Promise<KeySet | string> {
    const { client, path, timeoutMs } = this.#context;
    const headers = { accept: 'application/jwk-set+json, application/json' };
    return new Promise((resolve) =>
      client.request(
        { method: 'GET', path, headers, sensitive: [], body: '', timeoutMs, maxAnswerBytes },
        (result) => {
          if (result.kind !== 'response') return resolve(result.cause);
          const { status, body } = result;
          if (status >= 300 && status < 400)
            return resolve(`it answered ${status}, and redirects are not followed`);
          if (status !== 200) return resolve(`it answered ${status}`);
          resolve(readKeySet(body) ?? 'the answer is not a JWKS with a key that verifies signatures');
        },
      ),
    );
  }

  #nowMs(): number {
    return this.#context.clock.monotonicMs();
  }
}

const freshMs = 600_000;
/** Whoever sends tokens of invented keys must not make the relay ask more often. */
const paceMs = 60_000;
/** Nobody can call until there are keys. */
const emptyPaceMs = 5_000;
const maxAnswerBytes = 256 * 1024;
