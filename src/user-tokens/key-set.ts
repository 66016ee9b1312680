import { createPublicKey, type JsonWebKey } from 'node:crypto';
import { isObject, parseObject, type JsonObject } from '../shared/json-object';
import { signatureAlgorithms } from '../shared/signature-algorithms';

export interface KeySet {
  readonly keys: { readonly kty: string }[];
}

/** More than any issuer publishes. */
const mostKeys = 100;

/**
 * The keys of a JWKS that can verify a signature; null: it is none, or has no such key. Those of other kinds (encryption,
 * curves that nobody here knows, RSA that is too short) are left out: https://www.rfc-editor.org/rfc/rfc7517#section-5
 */
export function readKeySet(text: string): KeySet | null {
  const keys = parseObject(text)?.['keys'];
  if (!Array.isArray(keys)) return null;
  const usable = keys.slice(0, mostKeys).filter(isObject).filter(canVerify);
  return usable.length === 0 ? null : { keys: usable as unknown as { readonly kty: string }[] };
}

function canVerify(jwk: JsonObject): boolean {
  const { kid, use } = jwk;
  if ('d' in jwk || (kid !== undefined && typeof kid !== 'string')) return false;
  if (use !== undefined && use !== 'sig') return false;
  try {
    const algorithms = signatureAlgorithms(createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' }));
    return algorithms.length > 0;
  } catch {
    return false;
  }
}
