import type { Delivery } from '../../domain/notification';
import type { Outcome } from '../../domain/outcome';
import { isObject } from '../../shared/json-object';
import { codeTable, verdictOf, type Meaning } from '../many-tokens/code-table';
import {
  acceptedAs,
  answerReader,
  readSaid,
  type AnswerForm,
  type VendorAnswer,
} from '../many-tokens/vendor-answer';
import { quotaAgainAtMs } from '../many-tokens/end-of-day';
import type { Keep, Verdict } from '../many-tokens/vendor';
import type { ProviderResponse } from '../wire/exchange';

/**
 * The codes of a send, as far as dev.vivo.com.cn/documentCenter/doc/362 and vivo's answers show them; there is no full table. 10302 is
 * said of every push, too, while vivo still reviews the app.
 */
const form: AnswerForm = {
  names: { code: 'result', message: 'desc' },
  codes: codeTable({
    expiredCredential: '10000',
    allInvalid: '10302',
    throttled: '10040 10072',
    exhaustedToday: '10070 10073 10252 10254',
    badPayload: '10045 10050 10055 10058 10071 10085 10104',
    misconfigured: '10094 10096 10097',
  }),
  byStatus: { 401: 'expiredCredential', 403: 'misconfigured', 429: 'throttled' },
};

export const readVivoAnswer = answerReader(form, (said, deliveries) =>
  said.status === 200 && said.code === '0' ? taken(said, deliveries) : null,
);

/** "No more messages for lists today", after which doc 362 still allows calls of one device. */
const noMoreKept = '10252';

/** The id of a message that vivo keeps, or what it says instead. */
export function readKept(response: ProviderResponse, nowMs: number): ReturnType<Keep<unknown>['read']> {
  const said = readSaid(response, nowMs, form);
  if ('verdict' in said) return said.verdict;
  if (said.code === noMoreKept) return { singlyUntilMs: quotaAgainAtMs(nowMs) };
  const { taskId } = said.fields;
  if (response.status === 200 && said.code === '0' && typeof taskId === 'string' && taskId !== '')
    return { keptId: taskId.slice(0, 200) };
  return verdictOf(form.codes, said);
}

/** `invalidUser` of one, `invalidUsers` of several; who is not named was accepted. */
function taken(said: VendorAnswer, deliveries: readonly Delivery[]): Verdict {
  const { taskId, requestId, invalidUser, invalidUsers } = said.fields;
  const accepted = acceptedAs(taskId ?? requestId);
  const listed = Array.isArray(invalidUsers) ? invalidUsers : [invalidUser];
  const outcomes = new Map<string, Outcome>();
  for (const user of listed) {
    if (!isObject(user)) continue;
    const { userid: token, status } = user;
    const code = typeof status === 'number' || typeof status === 'string' ? String(status) : 'none';
    const verdict = verdictOf(vivoStatuses, { ...said, code: code.slice(0, 32), message: 'invalidUser' });
    if (typeof token === 'string' && verdict.kind === 'all') outcomes.set(token, verdict.outcome);
  }
  const isAll = deliveries.every(({ token }) => outcomes.get(token)?.kind === 'unregistered');
  if (outcomes.size > 0 && isAll) return { kind: 'all_invalid', reason: 'invalid_user' };
  return { kind: 'each', outcomes, rest: accepted };
}

const always = (outcome: Outcome): Meaning => {
  return () => ({ kind: 'all', outcome });
};
const gone = (reason: string): Meaning => always({ kind: 'unregistered', reason, asOfMs: null });

/** Why a device is an invalid user. One that is not in the table was not accepted either: it is tried again. */
const vivoStatuses: Readonly<Record<string, Meaning>> = {
  '1': gone('unknown_to_this_app'),
  '2': gone('uninstalled_or_unsubscribed'),
  '3': gone('offline_for_months'),
  '4': always({ kind: 'misconfigured', reason: 'no test user, and test_mode is on' }),
};
