import type { Delivery } from '../../domain/notification';
import type { Outcome } from '../../domain/outcome';
import { isObject, parseObject } from '../../shared/json-object';
import { codeTable } from '../many-tokens/code-table';
import type { Verdict } from '../many-tokens/vendor';
import { acceptedAs, answerReader, tokensIn, type AnswerForm } from '../many-tokens/vendor-answer';

/**
 * The codes of developer.huawei.com/consumer/en/doc/harmonyos-references/push-scenariozed-api-response. Partial success and "all
 * device tokens are invalid" are read from the answer's own text, which has a reason for each.
 */
const form: AnswerForm = {
  names: { code: 'code', message: 'msg' },
  codes: codeTable({
    badPayload: '80100001 80100003 80100004 80100022 80300008 80300010 80300030',
    expiredCredential: '80200001 80200005',
    misconfigured: '80300002 80300036 80300037',
    allInvalid: '80300007',
    // The quota of test messages.
    throttled: '80300029',
    unavailable: '81000001',
  }),
  byStatus: {
    401: 'misconfigured',
    404: 'misconfigured',
    500: 'unavailable',
    502: 'unavailable',
    503: 'throttled',
  },
};

/** Why single device tokens were refused. */
export const harmonyTokenReasons: Readonly<Record<string, (reason: string) => Outcome>> = {
  tokenFormatError: unregistered,
  tokenPlatformNotSupport: unregistered,
  // Of another project, or from before the phone's change to HarmonyOS 5.
  noRight: (reason) => ({ kind: 'rejected', reason, blame: 'topic' }),
  // Alerts need none: the app may not ring.
  noPushTypeRight: rejected,
  notSupportPlayVoice: rejected,
  noRightToSendThisLiveNotificationEvent: rejected,
  differentImgVerifyPolicy: rejected,
  countryNotSupport: rejected,
  appinfoError: paused,
  disableSendHuaweiMsgBecauseOfPenalty: paused,
  atomicUnableSendUnsubscribedMsg: paused,
};

function unregistered(reason: string): Outcome {
  return { kind: 'unregistered', reason, asOfMs: null };
}

function rejected(reason: string): Outcome {
  return { kind: 'rejected', reason, blame: 'payload' };
}

function paused(reason: string): Outcome {
  return { kind: 'misconfigured', reason };
}

export const readHarmonyAnswer = answerReader(form, ({ status, code, message, fields }, deliveries) => {
  const accepted = acceptedAs(fields['requestId']);
  if (status === 200 && code === '80000000') return { kind: 'all', outcome: accepted };
  const isPartial = code === '80100000';
  return isPartial || code === '80300007' ? byReason(message, deliveries, isPartial ? accepted : null) : null;
});

/**
 * `{"success": 1, "failure": 1, "illegalTokens": {"<reason>": ["…"]}}`, as JSON in a string; the names may have blanks around.
 * `rest`: of those that are not listed; null where none was accepted.
 */
function byReason(message: string, deliveries: readonly Delivery[], rest: Outcome | null): Verdict | null {
  const result = parseObject(message);
  const illegal = result?.['illegalTokens'];
  if (!isObject(illegal)) return rest === null ? null : { kind: 'each', outcomes: new Map(), rest: null };
  const asked = new Set(deliveries.map(({ token }) => token));
  const reasons = new Map<string, string>();
  for (const [name, tokens] of Object.entries(illegal))
    for (const token of tokensIn(tokens)) if (asked.has(token)) reasons.set(token, name.trim());
  const isAll = reasons.size === asked.size;
  const outcomes = new Map([...reasons].map(([token, reason]) => [token, outcomeOf(reason)]));
  if (isAll) return ofAll([...reasons.values()], outcomes);
  const isWhole = reasons.size > 0 && Number(result?.['failure'] ?? reasons.size) === reasons.size;
  return { kind: 'each', outcomes, rest: isWhole ? rest : null };
}

/** Nobody was accepted: what calls each of them dead, or of another project, may be true of the app instead. */
function ofAll(reasons: readonly string[], outcomes: ReadonlyMap<string, Outcome>): Verdict {
  const kinds = new Set([...outcomes.values()].map(({ kind }) => kind));
  const [reason = ''] = reasons;
  if (reasons.length > 1 && reasons.every((each) => each === 'noRight'))
    return { kind: 'all', outcome: paused(reason) };
  const isDoubtful = kinds.size === 1 && kinds.has('unregistered');
  return isDoubtful ? { kind: 'all_invalid', reason } : { kind: 'each', outcomes, rest: null };
}

/** A reason that is not in the table names itself, and removes nothing. */
function outcomeOf(reason: string): Outcome {
  const known = Object.hasOwn(harmonyTokenReasons, reason) ? harmonyTokenReasons[reason] : undefined;
  return known?.(reason) ?? rejected(/^\w{1,64}$/.test(reason) ? reason : 'unknown reason');
}
