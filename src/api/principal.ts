import { SecretSet } from '../shared/secret-set';

/** Who calls: the app's server, or (later) a user with a token of its own. */
export type Principal = { readonly kind: 'server' } | { readonly kind: 'user'; readonly uid: string };

/** Who may call an operation; `anyone` needs no key. */
export type Caller = 'anyone' | 'server' | 'user';

/** The principal of an `Authorization` header, or null when it names none. */
export type Authenticate = (authorization: string | undefined) => Principal | null;

/** Without any key everyone is the server: configuration allows that on a loopback address only. */
export function createAuthenticate(apiKeys: readonly string[]): Authenticate {
  if (apiKeys.length === 0) return () => ({ kind: 'server' });
  const keys = new SecretSet(apiKeys);
  return (authorization) => {
    const key = /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
    // A header is bytes read as Latin-1; a key outside ASCII is configured as UTF-8.
    return key !== undefined && keys.has(Buffer.from(key, 'latin1')) ? { kind: 'server' } : null;
  };
}

export function mayCall(callers: readonly Caller[], principal: Principal | null): boolean {
  return callers.includes('anyone') || (principal !== null && callers.includes(principal.kind));
}
