import type { SecretSet } from '../shared/secret-set';
import { problem, type Problem } from './problem';

/** Who calls: the app's server, or a user with a token of its own. */
export type Principal = { readonly kind: 'server' } | { readonly kind: 'user'; readonly uid: string };

/**
 * Who may call an operation.
 * - anyone: no key is needed.
 * - server: whoever has a server key.
 * - owner: the user whose uid is the `{uid}` of the path.
 * - user: every user.
 */
export type Caller = 'anyone' | 'server' | 'owner' | 'user';

/** The principal of an `Authorization` header, or why it names none. Never rejects for what a caller sent. */
export type Authenticate = (authorization: string | undefined) => Promise<Principal | Problem>;

/** Null: users have no tokens. */
export type VerifyUserToken = ((token: string) => Promise<Principal | Problem>) | null;

/** Without any key everyone is the server: configuration allows that on a loopback address only. */
export function createAuthenticate(keysNow: () => SecretSet, verifyUserToken: VerifyUserToken): Authenticate {
  const expected =
    verifyUserToken === null ? 'one of the configured API keys' : "an API key, or a user's own token";
  return async (authorization) => {
    const keys = keysNow();
    if (keys.isEmpty) return { kind: 'server' };
    const credential = /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
    if (credential === undefined) return unauthenticated(expected);
    // A header is bytes read as Latin-1; a key outside ASCII is configured as UTF-8.
    if (keys.has(Buffer.from(credential, 'latin1'))) return { kind: 'server' };
    if (verifyUserToken === null || !looksLikeToken.test(credential)) return unauthenticated(expected);
    return verifyUserToken(credential);
  };
}

/** Three parts, as a signed token has them. */
const looksLikeToken = /^[\w-]*\.[\w-]*\.[\w-]*$/;

export function unauthenticated(expected = 'one of the configured API keys'): Problem {
  return problem('unauthenticated', `Send Authorization: Bearer with ${expected}.`, {
    headers: { 'www-authenticate': 'Bearer' },
  });
}

/** Null: the principal may call. The declaration of an operation's callers is judged here and nowhere else. */
export function refusal(
  callers: readonly Caller[],
  principal: Principal | null,
  params: Readonly<Record<string, unknown>>,
): Problem | null {
  if (callers.some((caller) => isCaller(caller, principal, params))) return null;
  if (principal === null) return unauthenticated();
  const detail = callers.includes('owner')
    ? "A user's token is for the paths of its own uid. Another uid needs an API key."
    : "This operation needs an API key. A user's token is not enough.";
  return problem('forbidden', detail);
}

function isCaller(
  caller: Caller,
  principal: Principal | null,
  params: Readonly<Record<string, unknown>>,
): boolean {
  switch (caller) {
    case 'anyone':
      return true;
    case 'server':
      return principal?.kind === 'server';
    case 'owner':
      return principal?.kind === 'user' && principal.uid === params['uid'];
    case 'user':
      return principal?.kind === 'user';
    default:
      return caller satisfies never;
  }
}
