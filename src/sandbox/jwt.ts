import { verify, type KeyObject } from 'node:crypto';

/** A JSON Web Token taken apart; nothing about it is verified yet. */
export interface Jwt {
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly signed: string;
  readonly signature: Buffer;
}

/** Null when it is not a JWT: three base64url parts, the first two of JSON objects. */
export function parseJwt(text: string): Jwt | null {
  const match = /^([\w-]+)\.([\w-]+)\.([\w-]+)$/.exec(text);
  if (match === null) return null;
  const [, header = '', claims = '', signature = ''] = match;
  const parsedHeader = parseObject(header);
  const parsedClaims = parseObject(claims);
  if (parsedHeader === null || parsedClaims === null) return null;
  return {
    header: parsedHeader,
    claims: parsedClaims,
    signed: `${header}.${claims}`,
    signature: Buffer.from(signature, 'base64url'),
  };
}

/** JWS signatures (RFC 7518): ES256 is r and s in 32 bytes each, not DER. */
export function isSignedBy(jwt: Jwt, algorithm: 'ES256' | 'RS256', key: KeyObject): boolean {
  if (algorithm === 'ES256' && jwt.signature.length !== 64) return false;
  const verifier = algorithm === 'ES256' ? ({ key, dsaEncoding: 'ieee-p1363' } as const) : key;
  return verify('sha256', Buffer.from(jwt.signed), verifier, jwt.signature);
}

function parseObject(base64url: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(base64url, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}
