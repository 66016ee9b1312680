import { createPublicKey } from 'node:crypto';
import type { Exchange } from '../exchange';
import { isSignedBy, parseJwt } from '../jwt';

/** What a push service says where something is wrong, in Apple's words; `detail` is what exactly. */
export interface PushRefusal {
  readonly status: number;
  readonly reason: string;
  readonly detail: string;
}

const longestTtlSeconds = 2_592_000;
const longestLifeSeconds = 86_400;
const mostBodyBytes = 4_096;
/** Domains that Apple takes from nobody. */
const nobodysDomain = /(?:localhost|\.local|\.invalid|\.test|example\.(?:com|net|org))$/i;

/** The credential: https://www.rfc-editor.org/rfc/rfc8292#section-2. `audience`: the push service's own origin. */
export function checkVapid(exchange: Exchange, audience: string, nowMs: number): PushRefusal | string {
  const refuse = (reason: string, detail: string): PushRefusal => ({ status: 403, reason, detail });
  const match = /^vapid t=([^,\s]+),\s*k=([^,\s]+)$/.exec(exchange.headers.authorization ?? '');
  const [, token = '', publicKey = ''] = match ?? [];
  if (match === null) return refuse('BadAuthorizationHeader', 'expected vapid t=…, k=…');
  const jwt = parseJwt(token);
  if (jwt === null) return refuse('BadJwtToken', 'no JSON Web Token');
  if (jwt.header['alg'] !== 'ES256') return refuse('BadJwtToken', 'alg is not ES256');
  const key = readKey(publicKey);
  if (key === null) return refuse('BadVapidPublicKey', 'k is no point of P-256');
  if (!isSignedBy(jwt, 'ES256', key)) return refuse('BadJwtToken', 'the signature is not by k');
  const { aud, exp, sub } = jwt.claims;
  if (aud !== audience) return refuse('BadJwtToken', `aud is not ${audience}`);
  const lifeSeconds = typeof exp === 'number' ? exp - nowMs / 1000 : Number.NaN;
  if (!(lifeSeconds > 0 && lifeSeconds <= longestLifeSeconds + 60))
    return refuse('BadJwtToken', 'exp is over, or more than a day ahead');
  if (typeof sub !== 'string' || !/^(?:mailto:[^\s<>]+@[^\s<>]+|https:\/\/\S+)$/.test(sub))
    return refuse('BadJwtToken', 'sub is neither mailto: nor https:');
  return nobodysDomain.test(sub.replace(/^https:\/\/([^/:]+).*$/, '$1'))
    ? refuse('BadJwtToken', 'sub is of a domain that nobody has')
    : publicKey;
}

/** The headers: https://www.rfc-editor.org/rfc/rfc8030#section-5, https://www.rfc-editor.org/rfc/rfc8188#section-2. */
export function checkHeaders({ headers, bodyBytes, hasDuplicateHeaders }: Exchange): PushRefusal | null {
  const refuse = (reason: string, detail: string, status = 400): PushRefusal => ({ status, reason, detail });
  if (hasDuplicateHeaders) return refuse('BadWebPushRequest', 'a header stands twice');
  const { ttl, urgency, topic } = headers;
  if (typeof ttl !== 'string' || !/^\d{1,10}$/.test(ttl) || Number(ttl) > longestTtlSeconds)
    return refuse('BadTtl', 'TTL is missing, or none of 0 to 2,592,000 seconds');
  if (urgency !== undefined && !/^(?:very-low|low|normal|high)$/.test(String(urgency)))
    return refuse('BadUrgency', 'Urgency is none of the four');
  // Apple reads it as base64url, which no length of 4n + 1 is.
  if (topic !== undefined && (!/^[\w-]{1,32}$/.test(String(topic)) || String(topic).length % 4 === 1))
    return refuse('BadWebPushTopic', 'Topic is not base64url of at most 32 characters');
  if (headers['content-encoding'] !== 'aes128gcm')
    return refuse('BadWebPushRequest', 'Content-Encoding is not aes128gcm');
  if (headers['content-length'] !== undefined && Number(headers['content-length']) !== bodyBytes)
    return refuse('BadWebPushRequest', 'Content-Length is not the length of the body');
  return bodyBytes > mostBodyBytes ? refuse('PayloadTooLarge', `${String(bodyBytes)} bytes`, 413) : null;
}

function readKey(publicKey: string) {
  const point = Buffer.from(publicKey, 'base64url');
  if (point.length !== 65 || point[0] !== 4) return null;
  const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((part) => part.toString('base64url'));
  try {
    return createPublicKey({ key: { kty: 'EC', crv: 'P-256', x: x ?? '', y: y ?? '' }, format: 'jwk' });
  } catch {
    return null;
  }
}
