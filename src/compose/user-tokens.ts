import { createPublicKey, createSecretKey } from 'node:crypto';
import type { JWTVerifyGetKey } from 'jose' with { 'resolution-mode': 'import' };
import type { Principal } from '../api/principal';
import type { Problem } from '../api/problem';
import type { ReadinessCheck } from '../api/services';
import type { UserTokensConfig } from '../config/sections/api/user-tokens';
import type { Clock } from '../domain/clock';
import type { Logger } from '../domain/logger';
import { createUserTokenEvents } from '../observability/user-token-events';
import { signatureAlgorithmNames, signatureAlgorithms } from '../shared/signature-algorithms';
import { connectToService } from './service-client';
import { RemoteKeys } from '../user-tokens/remote-keys';
import { loadJose, UserTokens } from '../user-tokens/user-tokens';

export interface UserTokenParts {
  /** Never rejects for what a caller sent. */
  readonly verify: (token: string) => Promise<Principal | Problem>;
  readonly checks: () => ReadinessCheck[];
  /** Verifies by another configuration from now on. */
  readonly replace: (config: UserTokensConfig) => void;
  /** Once nobody calls any more. */
  readonly close: () => Promise<void>;
}

/** One configuration's. */
interface Verifier {
  readonly tokens: UserTokens;
  readonly checks: () => ReadinessCheck[];
  /** Null: its keys are not fetched. */
  readonly fetched: FetchedKeys | null;
}

interface FetchedKeys {
  /** Their address, and the way to it. */
  readonly from: string;
  readonly remote: RemoteKeys;
  /** Keys that are being fetched get so long. */
  readonly close: (deadlineMs: number) => Promise<void>;
}

type Jose = Awaited<ReturnType<typeof loadJose>>;

interface Surroundings {
  readonly logger: Logger;
  readonly clock: Clock;
  /** PEM to trust instead of Node's own; null: Node's own. */
  readonly ca: string | null;
}

/** Null where none are configured: then the library is not loaded. */
export async function createUserTokens(
  config: UserTokensConfig | null,
  surroundings: Surroundings,
): Promise<UserTokenParts | null> {
  if (config === null) return null;
  const jose = await loadJose();
  let current = openVerifier(jose, config, surroundings);
  return {
    verify: (token) => current.tokens.verify(token),
    checks: () => current.checks(),
    replace: (next) => {
      const { fetched } = current;
      current = openVerifier(jose, next, surroundings, fetched);
      // Tokens that wait for its keys still get them.
      if (fetched !== current.fetched) void fetched?.close(timeoutMs);
    },
    close: async () => current.fetched?.close(0),
  };
}

/** `known`: keys that were fetched before, and are used again where they come from the same address. */
function openVerifier(
  jose: Jose,
  config: UserTokensConfig,
  surroundings: Surroundings,
  known: FetchedKeys | null = null,
): Verifier {
  const { keys, ...claims } = config;
  const create = (findKey: JWTVerifyGetKey, usual: readonly string[]) =>
    new UserTokens(jose, { ...claims, findKey, algorithms: keys.algorithms ?? usual }, surroundings.clock);
  switch (keys.kind) {
    case 'secret': {
      const key = createSecretKey(Buffer.from(keys.secret.reveal()));
      return fixed(create(() => key, ['HS256']));
    }
    case 'public_key': {
      const key = createPublicKey(keys.publicKey.reveal());
      return fixed(create(() => key, signatureAlgorithms(key)));
    }
    case 'jwks': {
      const fetched = known?.from === addressOf(keys) ? known : openRemoteKeys(jose, keys, surroundings);
      const { remote } = fetched;
      // So that a wrong address shows when the relay starts, and not when the first phone calls.
      if (fetched !== known) void remote.refresh();
      return {
        tokens: create(remote.find, signatureAlgorithmNames),
        checks: () => keyChecks(remote),
        fetched,
      };
    }
    default:
      return keys satisfies never;
  }
}

function fixed(tokens: UserTokens): Verifier {
  return { tokens, checks: () => [], fetched: null };
}

type JwksConfig = Extract<UserTokensConfig['keys'], { kind: 'jwks' }>;

function addressOf({ url, proxyUrl }: JwksConfig): string {
  return `${url} ${proxyUrl?.reveal() ?? ''}`;
}

function openRemoteKeys(jose: Jose, keys: JwksConfig, { logger, clock, ca }: Surroundings): FetchedKeys {
  const { url, proxyUrl } = keys;
  const { origin, pathname } = new URL(url);
  const client = connectToService({ baseUrl: origin, proxyUrl, maxConnections: 1, connectTimeoutMs }, ca);
  const events = createUserTokenEvents(logger);
  const remote = new RemoteKeys({ jose, client, path: pathname, timeoutMs, clock, events });
  return { from: addressOf(keys), remote, close: (deadlineMs) => client.close(deadlineMs) };
}

function keyChecks({ outage }: RemoteKeys): ReadinessCheck[] {
  const name = 'user_tokens';
  if (outage === null) return [{ name, status: 'ok', detail: 'The keys of user tokens are fetched.' }];
  const since = new Date(outage.sinceMs).toISOString();
  return [
    {
      name,
      status: 'degraded',
      detail: `The keys of user tokens cannot be fetched since ${since}: ${outage.reason}. Check api.user_tokens.jwks_url and the service behind it.`,
    },
  ];
}

const timeoutMs = 5_000;
const connectTimeoutMs = 5_000;
