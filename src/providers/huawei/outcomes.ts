import type { Outcome } from '../../domain/outcome';
import { parseObject } from '../../shared/json-object';
import { codeTable } from '../many-tokens/code-table';
import { acceptedAs, answerReader, tokensIn, withDead, type AnswerForm } from '../many-tokens/vendor-answer';
import type { Verdict } from '../many-tokens/vendor';
import type { Delivery } from '../../domain/notification';

/**
 * The codes of a send, developer.huawei.com/consumer/en/doc/HMSCore-References/https-send-api-0000001050986197 ("Response"), and
 * the meanings that Huawei's own server demo (HMS-Core/hms-push-serverdemo-java) gives them. Success and partial success are
 * read from the answer's own text.
 */
const form: AnswerForm = {
  names: { code: 'code', message: 'msg' },
  codes: codeTable({
    // The last, one option that the app may not use, is no reason to stop all pushes.
    badPayload:
      '80100001 80100002 80100003 80100004 80100013 80100016 80100017 80100018 80100022 80300008 80300010 80300013 80300011',
    expiredCredential: '80200001 80200003',
    misconfigured: '80300002',
    throttled: '80300006',
    allInvalid: '80300007',
    unavailable: '80600003 81000001',
  }),
  byStatus: {
    401: 'expiredCredential',
    404: 'misconfigured',
    500: 'unavailable',
    502: 'unavailable',
    503: 'throttled',
  },
};

const success = '80000000';
const partialSuccess = '80100000';

export const readHuaweiAnswer = answerReader(form, ({ status, code, message, fields }, deliveries) => {
  if (status !== 200) return null;
  const accepted = acceptedAs(fields['requestId']);
  if (code === success) return { kind: 'all', outcome: accepted };
  return code === partialSuccess ? partial(message, deliveries, accepted) : null;
});

/** `{"success": 3, "failure": 1, "illegal_tokens": ["…"]}`, as JSON in a string. Who is not in the list was accepted. */
function partial(message: string, deliveries: readonly Delivery[], accepted: Outcome): Verdict {
  const result = parseObject(message);
  const listed = tokensIn(result?.['illegal_tokens']);
  const dead = deliveries.filter(({ token }) => listed.has(token)).length;
  const isWhole = dead > 0 && Number(result?.['failure'] ?? dead) === dead;
  return withDead(deliveries, listed, 'illegal_token', isWhole ? accepted : null);
}
