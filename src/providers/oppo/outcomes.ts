import type { Delivery } from '../../domain/notification';
import type { Outcome } from '../../domain/outcome';
import { isObject, type JsonObject } from '../../shared/json-object';
import { codeTable, verdictOf } from '../many-tokens/code-table';
import { acceptedAs, answerReader, type AnswerForm, type VendorAnswer } from '../many-tokens/vendor-answer';
import type { Verdict } from '../many-tokens/vendor';

/** The codes of a send, open.oppomobile.com ("Return codes"). Each message of a call has one of its own, too. */
const form: AnswerForm = {
  names: { code: 'code', message: 'message' },
  codes: codeTable({
    allInvalid: '10000',
    foreignToken: '41',
    throttled: '-2 13 55',
    exhaustedToday: '33',
    unavailable: '-1',
    expiredCredential: '11 29',
    misconfigured: '14 15 16 17 18 19 26 27 28 30 54 59 67',
    badPayload: '12 20 21 22 23 24 25 31 32 40 51',
  }),
  byStatus: { 401: 'expiredCredential', 403: 'misconfigured', 429: 'throttled' },
};

export const readOppoAnswer = answerReader(form, (said, deliveries) =>
  said.status === 200 && said.code === '0' ? taken(said, deliveries) : null,
);

/** `data` has an entry for each message, with a code of its own where it was refused. Who has none is tried again, as ambiguous. */
function taken(said: VendorAnswer, deliveries: readonly Delivery[]): Verdict {
  const { data } = said.fields;
  const outcomes = new Map<string, Outcome>();
  const invalid = new Set<string>();
  for (const entry of Array.isArray(data) ? data.filter(isObject) : []) {
    const { registrationId: token } = entry;
    if (typeof token !== 'string') continue;
    const verdict = verdictOn(entry, said);
    if (verdict.kind === 'all') outcomes.set(token, verdict.outcome);
    else invalid.add(token);
  }
  if (deliveries.every(({ token }) => invalid.has(token)))
    return { kind: 'all_invalid', reason: invalidTarget };
  const isProven = [...outcomes.values()].some(({ kind }) => kind === 'accepted');
  const outcome: Outcome = isProven
    ? { kind: 'unregistered', reason: invalidTarget, asOfMs: null }
    : { kind: 'rejected', reason: invalidTarget, blame: 'topic' };
  for (const token of invalid) outcomes.set(token, outcome);
  return { kind: 'each', outcomes, rest: null };
}

function verdictOn({ errorCode, errorMessage, messageId }: JsonObject, said: VendorAnswer): Verdict {
  const code = typeof errorCode === 'number' || typeof errorCode === 'string' ? String(errorCode) : '';
  if (code !== '' && code !== '0') {
    const message = typeof errorMessage === 'string' ? errorMessage : '';
    return verdictOf(form.codes, { ...said, byStatus: undefined, code: code.slice(0, 32), message });
  }
  return { kind: 'all', outcome: acceptedAs(messageId) };
}

const invalidTarget = '10000';
