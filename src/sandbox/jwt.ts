import { constants, verify, type KeyObject } from 'node:crypto';
import { decodeJwtPart } from '../shared/json-web-token';

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
  const parsedHeader = decodeJwtPart(header);
  const parsedClaims = decodeJwtPart(claims);
  if (parsedHeader === null || parsedClaims === null) return null;
  return {
    header: parsedHeader,
    claims: parsedClaims,
    signed: `${header}.${claims}`,
    signature: Buffer.from(signature, 'base64url'),
  };
}

/** JWS signatures (RFC 7518): ES256 is r and s in 32 bytes each, not DER; the salt of PS256 has 32 bytes. */
export function isSignedBy(jwt: Jwt, algorithm: 'ES256' | 'RS256' | 'PS256', key: KeyObject): boolean {
  if (algorithm === 'ES256' && jwt.signature.length !== 64) return false;
  if (algorithm === 'PS256') {
    const pss = { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
    return verify('sha256', Buffer.from(jwt.signed), pss, jwt.signature);
  }
  const verifier = algorithm === 'ES256' ? ({ key, dsaEncoding: 'ieee-p1363' } as const) : key;
  return verify('sha256', Buffer.from(jwt.signed), verifier, jwt.signature);
}
