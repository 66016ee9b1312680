import {
  constants,
  createHmac,
  generateKeyPairSync,
  sign,
  type JsonWebKey,
  type KeyObject,
} from 'node:crypto';

export interface TokenSigner {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
  readonly alg: string;
  readonly kid: string;
}

export function createSigner(alg: string, kid = 'key-1'): TokenSigner {
  return { ...keyPair(alg), alg, kid };
}

function keyPair(alg: string) {
  if (alg === 'EdDSA') return generateKeyPairSync('ed25519');
  if (alg.startsWith('ES'))
    return generateKeyPairSync('ec', { namedCurve: alg === 'ES256' ? 'P-256' : 'P-384' });
  return generateKeyPairSync('rsa', { modulusLength: 2048 });
}

export function publicPem({ publicKey }: TokenSigner): string {
  return publicKey.export({ type: 'spki', format: 'pem' }).toString();
}

/** As an issuer publishes it. */
export function publicJwk({ publicKey, alg, kid }: TokenSigner): JsonWebKey {
  return { ...publicKey.export({ format: 'jwk' }), alg, kid, use: 'sig' };
}

/** Seconds from now, as tokens hold times. */
export function inSeconds(seconds: number): number {
  return Math.floor(Date.now() / 1000) + seconds;
}

/** Made without the library that verifies it. An hour of life unless the claims say another `exp`. */
export function signToken(signer: TokenSigner, claims: object, header: object = {}): string {
  const { alg, kid, privateKey } = signer;
  const input = signingInput({ alg, kid, typ: 'JWT', ...header }, { exp: inSeconds(3600), ...claims });
  return `${input}.${signature(alg, privateKey, input).toString('base64url')}`;
}

function signature(alg: string, key: KeyObject, input: string): Buffer {
  const data = Buffer.from(input);
  if (alg === 'EdDSA') return sign(null, data, key);
  const hash = `sha${alg.slice(2)}`;
  if (alg.startsWith('ES')) return sign(hash, data, { key, dsaEncoding: 'ieee-p1363' });
  if (!alg.startsWith('PS')) return sign(hash, data, key);
  const saltLength = constants.RSA_PSS_SALTLEN_DIGEST;
  return sign(hash, data, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength });
}

export function signWithSecret(secret: string | Buffer, claims: object, header: object = {}): string {
  const input = signingInput({ alg: 'HS256', typ: 'JWT', ...header }, { exp: inSeconds(3600), ...claims });
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}

export function unsignedToken(claims: object, alg = 'none'): string {
  return `${signingInput({ alg, typ: 'JWT' }, { exp: inSeconds(3600), ...claims })}.`;
}

function signingInput(header: object, claims: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part(header)}.${part(claims)}`;
}
