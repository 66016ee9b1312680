import type { Delivery } from '../../domain/notification';
import { isObject } from '../../shared/json-object';
import { codeTable } from '../many-tokens/code-table';
import {
  acceptedAs,
  answerReader,
  tokensIn,
  withDead,
  type AnswerForm,
  type VendorAnswer,
} from '../many-tokens/vendor-answer';
import type { Verdict } from '../many-tokens/vendor';

/**
 * The codes of a send, dev.mi.com/xiaomihyperos/documentation/detail?pId=1560. 10029 and 65003 are said of devices that are offline, too,
 * so they remove nothing.
 */
const form: AnswerForm = {
  names: { code: 'code', message: 'reason' },
  codes: codeTable({
    allInvalid: '20301',
    foreignToken: '66007 10029 65003',
    throttled: '10027 10030 10032 10039 200002 21303',
    exhaustedToday: '10034 200001',
    unavailable: '-1 1 10001 10002 10003 10037 20607 22102 26003 65029 65030',
    misconfigured: '10031 10033 10036 21301 21302 22000 22006 22007 22022 26006 27001',
    badPayload: '10008 10012 10016 10017 10041 21305 65009 65011 65014 65015 65036 65037 65038',
  }),
  byStatus: { 401: 'misconfigured', 403: 'misconfigured', 429: 'throttled' },
};

export const readXiaomiAnswer = answerReader(form, (said, deliveries) =>
  said.status === 200 && said.code === '0' ? taken(said, deliveries) : null,
);

/** `data.bad_regids` has those that are invalid, with commas between; who is not in it was accepted. */
function taken({ fields }: VendorAnswer, deliveries: readonly Delivery[]): Verdict {
  const data = isObject(fields['data']) ? fields['data'] : {};
  return withDead(deliveries, tokensIn(data['bad_regids']), 'bad_regid', acceptedAs(data['id']));
}
