import type { Delivery } from '../../domain/notification';
import type { Outcome } from '../../domain/outcome';
import { isObject } from '../../shared/json-object';
import {
  badPayload,
  codes,
  expiredCredential,
  misconfigured,
  throttled,
  unavailable,
  verdictOf,
  type Meaning,
} from '../many-tokens/code-table';
import { acceptedAs, readSaid, tokensIn, withDead, type ByStatus } from '../many-tokens/vendor-answer';
import type { Verdict } from '../many-tokens/vendor';
import type { ProviderResponse } from '../wire/exchange';

/**
 * Honor publishes no table of codes (developer.honor.com/cn/docs/11002/guides/downlink-message has the answer's form): a code that
 * is an HTTP status means what the status means, and any other is tried again and named in the dead letter.
 */
const honorCodes: Readonly<Record<string, Meaning>> = {
  ...codes(expiredCredential, '401'),
  ...codes(misconfigured, '403 404'),
  ...codes(throttled, '429 503'),
  ...codes(unavailable, '500 502 504'),
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
  if (response.status !== 200 || !isObject(data)) return verdictOf(honorCodes, said);
  const expired = tokensIn(data['expireTokens']);
  const failed = tokensIn(data['failTokens']);
  // Honor's libraries take several codes for success; this field says it.
  const isTaken = data['sendResult'] === true;
  if (isTaken || (data['sendResult'] === false && expired.size + failed.size > 0))
    return taken(deliveries, expired, failed, isTaken ? acceptedAs(data['requestId']) : null);
  return data['sendResult'] === false && said.code === '200' ? badPayload(said) : verdictOf(honorCodes, said);
}

/** `expireTokens` are of apps that are gone, `failTokens` of others. Who is in neither was accepted. */
function taken(
  deliveries: readonly Delivery[],
  expired: ReadonlySet<string>,
  failed: ReadonlySet<string>,
  rest: Outcome | null,
): Verdict {
  const verdict = withDead(deliveries, expired, 'expire_token', rest);
  if (verdict.kind !== 'each') return verdict;
  const outcome: Outcome = { kind: 'rejected', reason: 'fail_token', blame: 'topic' };
  const outcomes = new Map([...failed].map((token): [string, Outcome] => [token, outcome]));
  return { ...verdict, outcomes: new Map([...outcomes, ...verdict.outcomes]) };
}
