import { foreignAnswer, jsonObject, mayBeJson, shown, type SeenAnswer } from '../wire/foreign-answer';
import { retryAfterMs } from '../wire/retry-after';
import { tidyReason, type FetchedToken } from './token-source';

/**
 * Refusals of the account (RFC 6749 §5.2, and Google's own). Whatever else an endpoint calls an error is passing, or not
 * Google's.
 */
const verdicts: ReadonlySet<string> = new Set([
  'access_denied',
  'account_deleted',
  'account_disabled',
  'admin_policy_enforced',
  'deleted_client',
  'disabled_client',
  'invalid_client',
  'invalid_grant',
  'invalid_request',
  'invalid_scope',
  'org_internal',
  'unauthorized_client',
  'unsupported_grant_type',
]);
/** As RFC 6749 writes its error codes. */
const errorShape = /^[a-z][a-z_]{2,63}$/;

/** Reads the code of a refusal, and whether it is a verdict on the credential; null: it is none that the endpoint gives. */
export type ReadRefusal = (error: unknown) => { readonly code: string; readonly isVerdict: boolean } | null;

const readOAuthRefusal: ReadRefusal = (error) =>
  typeof error === 'string' && errorShape.test(error)
    ? { code: error, isVerdict: verdicts.has(error) }
    : null;

/**
 * Reads what a token endpoint answered to a grant (RFC 6749 §5.1 and §5.2). Only the endpoint's own refusal is a verdict on the
 * credential: a page, a redirection or other JSON is `unavailable`, and asked again.
 */
export function readGrantAnswer(
  answer: SeenAnswer,
  nowMs: number,
  readRefusal: ReadRefusal = readOAuthRefusal,
): FetchedToken {
  const fields = mayBeJson(answer.headers) ? jsonObject(answer.body) : null;
  const { status } = answer;
  if (status === 200) return (fields === null ? null : tokenOf(fields)) ?? foreign(answer, nowMs);
  const refusal = readRefusal(fields?.['error']);
  if (fields === null || refusal === null) return foreign(answer, nowMs);
  const { code, isVerdict } = refusal;
  const description = fields['error_description'];
  const reason = tidyReason(typeof description === 'string' ? `${code}: ${shown(description, 180)}` : code);
  if (isVerdict && (status === 400 || status === 401 || status === 403))
    return { kind: 'misconfigured', reason };
  return {
    kind: 'unavailable',
    reason: `token endpoint: ${reason}`,
    retryAfterMs: retryAfterMs(answer.headers, nowMs),
  };
}

/** Null where this is no bearer token that can be sent. */
export function tokenOf(fields: Readonly<Record<string, unknown>>): FetchedToken | null {
  const { access_token: accessToken, token_type: type = 'Bearer', expires_in: expiresIn } = fields;
  if (typeof accessToken !== 'string' || !bearerToken.test(accessToken)) return null;
  if (typeof type !== 'string' || type.toLowerCase() !== 'bearer') return null;
  return { kind: 'token', accessToken, expiresInSeconds: lifeOf(expiresIn) };
}

function lifeOf(expiresIn: unknown): number {
  const seconds =
    typeof expiresIn === 'string' && /^\d{1,9}$/.test(expiresIn) ? Number(expiresIn) : expiresIn;
  if (typeof seconds !== 'number' || !(seconds > 0)) return usualLifeSeconds;
  return Math.min(seconds, longestLifeSeconds);
}

function foreign(answer: SeenAnswer, nowMs: number): FetchedToken {
  const { reason, retryAfterMs: waitMs } = foreignAnswer(answer, nowMs);
  return { kind: 'unavailable', reason: tidyReason(`token endpoint: ${reason}`), retryAfterMs: waitMs };
}

/** RFC 6750 §2.1; Google's have a few hundred characters, up to 2,048 as it says. */
const bearerToken = /^[A-Za-z0-9._~+/-]{1,4096}=*$/;
const usualLifeSeconds = 3600;
/** Google grants 12 hours at most. */
const longestLifeSeconds = 43_200;
