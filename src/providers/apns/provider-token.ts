import { createPrivateKey, sign, type KeyObject } from 'node:crypto';
import { decodeJwtPart, encodeJwtPart } from '../../shared/json-web-token';

/**
 * Apple's authentication token: a JWT signed with the team's key, good for an hour from `issuedAtSeconds`.
 * developer.apple.com/documentation/usernotifications/establishing-a-token-based-connection-to-apns
 */
export interface ProviderToken {
  readonly jwt: string;
  readonly issuedAtSeconds: number;
}

export interface SigningKey {
  readonly key: KeyObject;
  readonly keyId: string;
  readonly teamId: string;
}

/** Throws on a key that does not parse: the configuration tells that earlier, and better. */
export function signingKey(keyPem: string, keyId: string, teamId: string): SigningKey {
  return { key: createPrivateKey(keyPem), keyId, teamId };
}

export function mintProviderToken(signer: SigningKey, issuedAtSeconds: number): ProviderToken {
  const header = encodeJwtPart({ alg: 'ES256', kid: signer.keyId });
  const claims = encodeJwtPart({ iss: signer.teamId, iat: issuedAtSeconds });
  const signed = `${header}.${claims}`;
  const signature = sign('sha256', Buffer.from(signed), { key: signer.key, dsaEncoding: 'ieee-p1363' });
  return { jwt: `${signed}.${signature.toString('base64url')}`, issuedAtSeconds };
}

/** Reads the time out of a token of this signer; null when it is not one. The signature is not checked. */
export function readProviderToken(jwt: string, signer: SigningKey): ProviderToken | null {
  const [header, claims, signature, ...more] = jwt.split('.');
  if (header === undefined || claims === undefined || signature === undefined || more.length > 0) return null;
  const head = decodeJwtPart(header);
  const body = decodeJwtPart(claims);
  if (head?.['kid'] !== signer.keyId || body?.['iss'] !== signer.teamId) return null;
  const issuedAtSeconds = body['iat'];
  return typeof issuedAtSeconds === 'number' ? { jwt, issuedAtSeconds } : null;
}
