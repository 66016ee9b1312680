import { constants, createPrivateKey, sign } from 'node:crypto';
import type { Clock } from '../../domain/clock';
import { encodeJwtPart } from '../../shared/json-web-token';
import type { TokenSource } from '../access-token/token-source';
import type { HarmonyAccount } from './options';

const lifeSeconds = 3600;
const audience = 'https://oauth-login.cloud.huawei.com/oauth2/v3/token';

/**
 * The account's own token, which Huawei takes without having issued it:
 * developer.huawei.com/consumer/en/doc/harmonyos-guides/push-jwt-token. PS256 has a salt of 32 bytes (RFC 7518 §3.5).
 */
export function serviceAccountTokens(account: HarmonyAccount, clock: Clock): TokenSource {
  const key = createPrivateKey(account.privateKey);
  const pss = { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
  const header = encodeJwtPart({ kid: account.keyId, typ: 'JWT', alg: 'PS256' });
  return () => {
    const issuedAtSeconds = Math.floor(clock.now() / 1000);
    const claims = encodeJwtPart({
      iss: account.subAccount,
      aud: audience,
      iat: issuedAtSeconds,
      exp: issuedAtSeconds + lifeSeconds,
    });
    const signed = `${header}.${claims}`;
    const signature = sign('sha256', Buffer.from(signed), pss).toString('base64url');
    const accessToken = `${signed}.${signature}`;
    return Promise.resolve({ kind: 'token', accessToken, expiresInSeconds: lifeSeconds });
  };
}
