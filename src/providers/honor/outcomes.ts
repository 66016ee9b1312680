import type { Delivery } from '../../domain/notification';
import type { Outcome } from '../../domain/outcome';
import { isObject } from '../../shared/json-object';
import { codeTable, meanings } from '../many-tokens/code-table';
import { acceptedAs, answerReader, tokensIn, withDead, type AnswerForm } from '../many-tokens/vendor-answer';
import type { Verdict } from '../many-tokens/vendor';

/**
 * Honor publishes no table of codes (developer.honor.com/cn/docs/11002/guides/downlink-message has the answer's form): a code that
 * is an HTTP status means what the status means, and any other is tried again and named in the dead letter.
 */
const form: AnswerForm = {
  names: { code: 'code', message: 'message' },
  codes: codeTable({
    expiredCredential: '401',
    misconfigured: '403 404',
    throttled: '429 503',
    unavailable: '500 502 504',
  }),
  byStatus: {
    401: 'expiredCredential',
    403: 'misconfigured',
    404: 'misconfigured',
    429: 'throttled',
    500: 'unavailable',
    502: 'unavailable',
    503: 'throttled',
    504: 'unavailable',
  },
};

export const readHonorAnswer = answerReader(form, (said, deliveries) => {
  const { data } = said.fields;
  if (said.status !== 200 || !isObject(data)) return null;
  const expired = tokensIn(data['expireTokens']);
  const failed = tokensIn(data['failTokens']);
  // Honor's libraries take several codes for success; this field says it.
  const isTaken = data['sendResult'] === true;
  if (isTaken || (data['sendResult'] === false && expired.size + failed.size > 0))
    return taken(deliveries, expired, failed, isTaken ? acceptedAs(data['requestId']) : null);
  return data['sendResult'] === false && said.code === '200' ? meanings.badPayload(said) : null;
});

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
