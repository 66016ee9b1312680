import { createPublicKey, type KeyObject } from 'node:crypto';
import { parseObject } from '../../shared/json-object';
import { leastRsaBits, signatureAlgorithms } from '../../shared/signature-algorithms';
import { credentialOk, credentialProblem, type CredentialResult } from './credential-result';
import { wrongKind } from './kinds';
import { normalizePem } from './pem-text';

/** A public key in PEM (or a certificate), or as a JSON Web Key; the result is PEM. */
export function readPublicKey(value: string): CredentialResult<string> {
  const what = 'a public key in PEM (-----BEGIN PUBLIC KEY-----), or as a JSON Web Key';
  const jwk = parseObject(value);
  const pem = jwk === null ? normalizePem(value) : '';
  if (/PRIVATE KEY-----/.test(pem) || (jwk !== null && 'd' in jwk))
    return credentialProblem(`${what}; this is a private key. Keep it where tokens are signed`);
  if (jwk?.['kty'] === 'oct')
    return credentialProblem(`${what}; this is a shared secret, which belongs in secret`);
  if (jwk !== null && Array.isArray(jwk['keys']))
    return credentialProblem(`${what}; this is a set of keys. Serve it, and set jwks_url`);
  try {
    const key = createPublicKey(jwk === null ? pem : { key: jwk, format: 'jwk' });
    if (signatureAlgorithms(key).length === 0)
      return credentialProblem(
        `${what}, RSA of at least ${String(leastRsaBits)} bits, P-256, P-384, P-521 or Ed25519; this one is ${nameOf(key)}`,
      );
    return credentialOk(key.export({ type: 'spki', format: 'pem' }).toString());
  } catch {
    const kind = /-----BEGIN|^\s*\{/.test(value) ? '' : wrongKind(value, 'public_key_file');
    return credentialProblem(`${what}${kind === '' ? '; this one cannot be read' : kind}`);
  }
}

function nameOf(key: KeyObject): string {
  const { namedCurve, modulusLength } = key.asymmetricKeyDetails ?? {};
  if (modulusLength !== undefined) return `${key.asymmetricKeyType ?? ''} of ${String(modulusLength)} bits`;
  return namedCurve ?? key.asymmetricKeyType ?? 'unknown';
}
