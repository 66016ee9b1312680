import type { KeyObject } from 'node:crypto';

/** Of public keys: https://www.iana.org/assignments/jose#web-signature-encryption-algorithms */
export const signatureAlgorithmNames = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
] as const;
export type SignatureAlgorithm = (typeof signatureAlgorithmNames)[number];

/** Of shared secrets. A secret has at least as many bytes as the hash: https://www.rfc-editor.org/rfc/rfc7518#section-3.2 */
export const secretAlgorithmBytes = { HS256: 32, HS384: 48, HS512: 64 } as const;
export type SecretAlgorithm = keyof typeof secretAlgorithmBytes;
export const secretAlgorithmNames = Object.keys(secretAlgorithmBytes) as SecretAlgorithm[];

/** Least length of an RSA key: https://www.rfc-editor.org/rfc/rfc7518#section-3.3 */
export const leastRsaBits = 2048;

/** The JWS algorithms that a key can verify, the usual one first; none where the key is too weak or of another kind. */
export function signatureAlgorithms(key: KeyObject): readonly SignatureAlgorithm[] {
  const { namedCurve, modulusLength = 0 } = key.asymmetricKeyDetails ?? {};
  switch (key.asymmetricKeyType) {
    case 'rsa':
      return modulusLength < leastRsaBits ? [] : ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'];
    case 'ed25519':
      return ['EdDSA', 'Ed25519'];
    case 'ec':
      return ecAlgorithms[namedCurve ?? ''] ?? [];
    default:
      return [];
  }
}

const ecAlgorithms: Readonly<Record<string, readonly SignatureAlgorithm[] | undefined>> = {
  prime256v1: ['ES256'],
  secp384r1: ['ES384'],
  secp521r1: ['ES512'],
};
