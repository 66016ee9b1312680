import type { Outcome } from '../../domain/outcome';
import { parseObject } from '../../shared/json-object';
import {
  allInvalid,
  badPayload,
  expiredCredential,
  misconfigured,
  throttled,
  unavailable,
  verdictOf,
  type Meaning,
} from '../many-tokens/code-table';
import { readSaid, type ByStatus } from '../many-tokens/vendor-answer';
import type { Verdict } from '../many-tokens/vendor';
import type { Delivery } from '../../domain/notification';
import type { ProviderResponse } from '../wire/exchange';

/**
 * The codes of a send, developer.huawei.com/consumer/en/doc/HMSCore-References/https-send-api-0000001050986197 ("Response"), and
 * the meanings that Huawei's own server demo (HMS-Core/hms-push-serverdemo-java) gives them. Success and partial success are
 * read from the answer's own text.
 */
export const huaweiCodes: Readonly<Record<string, Meaning>> = {
  '80100001': badPayload,
  '80100002': badPayload,
  '80100003': badPayload,
  '80100004': badPayload,
  '80100013': badPayload,
  '80100016': badPayload,
  '80100017': badPayload,
  '80100018': badPayload,
  '80100022': badPayload,
  '80200001': expiredCredential,
  '80200003': expiredCredential,
  '80300002': misconfigured,
  '80300006': throttled,
  '80300007': allInvalid,
  '80300008': badPayload,
  '80300010': badPayload,
  // One option that the app may not use: that is no reason to stop all pushes.
  '80300011': badPayload,
  '80300013': badPayload,
  '80600003': unavailable,
  '81000001': unavailable,
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
  if (response.status === 200 && said.code === success)
    return { kind: 'all', outcome: { kind: 'accepted', receipt: requestIdOf(said.fields) } };
  if (response.status === 200 && said.code === partialSuccess)
    return partial(said.message, deliveries, requestIdOf(said.fields));
  return verdictOf(huaweiCodes, said);
}

/** `{"success": 3, "failure": 1, "illegal_tokens": ["…"]}`, as JSON in a string. Who is not in the list was accepted. */
function partial(message: string, deliveries: readonly Delivery[], receipt: string): Verdict {
  const result = parseObject(message);
  const illegal = result?.['illegal_tokens'];
  const listed = new Set(Array.isArray(illegal) ? illegal : []);
  const dead = deliveries.filter(({ token }) => listed.has(token));
  if (dead.length === deliveries.length) return { kind: 'all_invalid', reason: illegalToken };
  const outcome: Outcome = { kind: 'unregistered', reason: illegalToken, asOfMs: null };
  const isWhole = dead.length > 0 && (result?.['failure'] ?? dead.length) === dead.length;
  return {
    kind: 'each',
    outcomes: new Map(dead.map(({ token }) => [token, outcome])),
    rest: isWhole ? { kind: 'accepted', receipt } : null,
  };
}

const illegalToken = 'illegal_token';

function requestIdOf(fields: Readonly<Record<string, unknown>>): string {
  const { requestId } = fields;
  return typeof requestId === 'string' ? requestId.slice(0, 200) : '';
}
