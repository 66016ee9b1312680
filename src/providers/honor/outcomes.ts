import type { Delivery } from '../../domain/notification';
import type { Outcome } from '../../domain/outcome';
import { isObject } from '../../shared/json-object';
import {
  codes,
  expiredCredential,
  misconfigured,
  throttled,
  unavailable,
  verdictOf,
  type Meaning,
} from '../many-tokens/code-table';
import { readSaid, type ByStatus, type VendorAnswer } from '../many-tokens/vendor-answer';
import type { Verdict } from '../many-tokens/vendor';
import type { ProviderResponse } from '../wire/exchange';

/**
 * Honor publishes no table of codes (developer.honor.com/cn/docs/11002/guides/downlink-message has the answer's form): a code that
 * is an HTTP status means what the status means, and any other is tried again and named in the dead letter.
 */
export const honorCodes: Readonly<Record<string, Meaning>> = {
  ...codes(expiredCredential, '401'),
  ...codes(misconfigured, '403', '404'),
  ...codes(throttled, '429', '503'),
  ...codes(unavailable, '500', '502', '504'),
};

/** Where the body has no code of the table. */
const byStatus: ByStatus = {
  401: expiredCredential,
  403: misconfigured,
  404: misconfigured,
  429: throttled,
  500: unavailable,
  502: unavailable,
  503: throttled,
  504: unavailable,
};

export function readHonorAnswer(
  response: ProviderResponse,
  deliveries: readonly Delivery[],
  nowMs: number,
): Verdict {
  const said = readSaid(response, nowMs, { code: 'code', message: 'message' }, byStatus);
  if ('verdict' in said) return said.verdict;
  const { data } = said.fields;
  // Honor's libraries take several codes for success; this field says it.
  if (response.status === 200 && isObject(data) && data['sendResult'] === true)
    return taken(said, deliveries);
  if (response.status === 200 && isObject(data) && data['sendResult'] === false) {
    const lists = [tokensIn(data['expireTokens']), tokensIn(data['failTokens'])];
    if (lists.some((list) => list.size > 0)) return taken(said, deliveries);
  }
  return verdictOf(honorCodes, said);
}

/** `expireTokens` are of apps that are gone, `failTokens` of others. Who is in neither was accepted. */
function taken({ fields }: VendorAnswer, deliveries: readonly Delivery[]): Verdict {
  const data = isObject(fields['data']) ? fields['data'] : {};
  const { requestId, sendResult } = data;
  const expired = tokensIn(data['expireTokens']);
  const failed = tokensIn(data['failTokens']);
  if (deliveries.every(({ token }) => expired.has(token)))
    return { kind: 'all_invalid', reason: expireToken };
  const outcomes = new Map<string, Outcome>();
  for (const { token } of deliveries) {
    if (expired.has(token)) outcomes.set(token, { kind: 'unregistered', reason: expireToken, asOfMs: null });
    else if (failed.has(token))
      outcomes.set(token, { kind: 'rejected', reason: 'fail_token', blame: 'topic' });
  }
  const receipt = typeof requestId === 'string' ? requestId.slice(0, 200) : '';
  return { kind: 'each', outcomes, rest: sendResult === true ? { kind: 'accepted', receipt } : null };
}

function tokensIn(list: unknown): ReadonlySet<unknown> {
  return new Set(Array.isArray(list) ? list : []);
}

const expireToken = 'expire_token';
