import type { Outcome } from '../../domain/outcome';
import { parseObject } from '../../shared/json-object';
import {
  allInvalid,
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
import type { Delivery } from '../../domain/notification';
import type { ProviderResponse } from '../wire/exchange';

/**
 * The codes of a send, developer.huawei.com/consumer/en/doc/HMSCore-References/https-send-api-0000001050986197 ("Response"), and
 * the meanings that Huawei's own server demo (HMS-Core/hms-push-serverdemo-java) gives them. Success and partial success are
 * read from the answer's own text.
 */
const huaweiCodes: Readonly<Record<string, Meaning>> = {
  ...codes(badPayload, '80100001 80100002 80100003 80100004 80100013 80100016 80100017 80100018 80100022'),
  ...codes(badPayload, '80300008 80300010 80300013'),
  // One option that the app may not use: that is no reason to stop all pushes.
  ...codes(badPayload, '80300011'),
  ...codes(expiredCredential, '80200001 80200003'),
  ...codes(misconfigured, '80300002'),
  ...codes(throttled, '80300006'),
  ...codes(allInvalid, '80300007'),
  ...codes(unavailable, '80600003 81000001'),
};

/** Where the body has no code of the table. */
const byStatus: ByStatus = {
  401: expiredCredential,
  404: misconfigured,
  500: unavailable,
  502: unavailable,
  503: throttled,
};

const success = '80000000';
const partialSuccess = '80100000';

export function readHuaweiAnswer(
  response: ProviderResponse,
  deliveries: readonly Delivery[],
  nowMs: number,
): Verdict {
  const said = readSaid(response, nowMs, { code: 'code', message: 'msg' }, byStatus);
  if ('verdict' in said) return said.verdict;
  const accepted = acceptedAs(said.fields['requestId']);
  if (response.status === 200 && said.code === success) return { kind: 'all', outcome: accepted };
  if (response.status === 200 && said.code === partialSuccess)
    return partial(said.message, deliveries, accepted);
  return verdictOf(huaweiCodes, said);
}

/** `{"success": 3, "failure": 1, "illegal_tokens": ["…"]}`, as JSON in a string. Who is not in the list was accepted. */
function partial(message: string, deliveries: readonly Delivery[], accepted: Outcome): Verdict {
  const result = parseObject(message);
  const listed = tokensIn(result?.['illegal_tokens']);
  const dead = deliveries.filter(({ token }) => listed.has(token)).length;
  const isWhole = dead > 0 && Number(result?.['failure'] ?? dead) === dead;
  return withDead(deliveries, listed, 'illegal_token', isWhole ? accepted : null);
}
