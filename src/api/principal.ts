import { createHash, timingSafeEqual } from 'node:crypto';

/** Who calls: the app's server, or (later) a user with a token of its own. */
export type Principal = { readonly kind: 'server' } | { readonly kind: 'user'; readonly uid: string };

/** Who may call an operation; `anyone` needs no key. */
export type Caller = 'anyone' | 'server' | 'user';

/** The principal of an `Authorization` header, or null when it names none. */
export type Authenticate = (authorization: string | undefined) => Principal | null;

/**
 * Keys are compared by digest and all of them every time, so that the time taken tells neither length nor position.
 * Without any key everyone is the server: configuration allows that on a loopback address only.
 */
export function createAuthenticate(apiKeys: readonly string[]): Authenticate {
  if (apiKeys.length === 0) return () => ({ kind: 'server' });
  const digests = apiKeys.map(sha256);
  return (authorization) => {
    const key = /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
    if (key === undefined) return null;
    // A header is bytes read as Latin-1; a key outside ASCII is configured as UTF-8.
    const digest = createHash('sha256').update(key, 'latin1').digest();
    let found = false;
    for (const known of digests) found = timingSafeEqual(known, digest) || found;
    return found ? { kind: 'server' } : null;
  };
}

export function mayCall(callers: readonly Caller[], principal: Principal | null): boolean {
  return callers.includes('anyone') || (principal !== null && callers.includes(principal.kind));
}

function sha256(key: string): Buffer {
  return createHash('sha256').update(key, 'utf8').digest();
}
