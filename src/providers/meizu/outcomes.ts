import type { Outcome } from '../../domain/outcome';
import { parseObject, isObject } from '../../shared/json-object';
import { codeTable, codes, verdictOf, type Meaning } from '../many-tokens/code-table';
import { quotaAgainAtMs } from '../many-tokens/end-of-day';
import {
  acceptedAs,
  answerReader,
  tokensIn,
  type AnswerForm,
  type VendorAnswer,
} from '../many-tokens/vendor-answer';
import type { Verdict } from '../many-tokens/vendor';

/** The codes of a whole call, github.com/MEIZUPUSH/PushAPI. */
const form: AnswerForm = {
  names: { code: 'code', message: 'message' },
  codes: codeTable({
    unavailable: '500 1001 1003',
    badPayload: '1005 110004 110032',
    misconfigured: '1006 110000 110001 110009 110031 110033',
    throttled: '110010',
    exhaustedToday: '110019 110051 110053',
  }),
  byStatus: { 403: 'misconfigured', 429: 'throttled' },
};

const ofDevice = (outcome: (reason: string, nowMs: number) => Outcome): Meaning => {
  return ({ code, nowMs }) => ({ kind: 'all', outcome: outcome(code, nowMs) });
};
const gone = ofDevice((reason) => ({ kind: 'unregistered', reason, asOfMs: null }));
/** The user has switched notifications off: the device is kept, and suspended after five in a row. */
const switchedOff = ofDevice((reason) => ({ kind: 'rejected', reason, blame: 'topic' }));
const fullToday = ofDevice((reason, nowMs) => ({
  kind: 'throttled',
  reason,
  scope: 'device',
  retryAfterMs: quotaAgainAtMs(nowMs) - nowMs,
}));
const tooFast = ofDevice((reason) => ({ kind: 'throttled', reason, scope: 'device', retryAfterMs: 60_000 }));

/** Those of single devices, which mean other things. */
const meizuDeviceCodes = {
  ...codes(gone, '110002 110003'),
  ...codes(switchedOff, '110010'),
  ...codes(fullToday, '110011'),
  ...codes(tooFast, '518 519 520'),
  ...codeTable({ unavailable: '501 513', misconfigured: '201' }),
};

export const readMeizuAnswer = answerReader(form, (said) =>
  said.status === 200 && said.code === '200' ? taken(said) : null,
);

/** `value` has the failures only, as `{"<code>": ["<push id>", …]}`, or is an empty text. */
function taken(said: VendorAnswer): Verdict {
  const { value, msgId } = said.fields;
  const failures = isObject(value) ? value : typeof value === 'string' ? parseObject(value) : null;
  const outcomes = new Map<string, Outcome>();
  for (const [code, tokens] of Object.entries(failures ?? {})) {
    const verdict = verdictOf(meizuDeviceCodes, {
      ...said,
      byStatus: undefined,
      code: code.slice(0, 32),
      message: '',
    });
    if (verdict.kind === 'all') for (const token of tokensIn(tokens)) outcomes.set(token, verdict.outcome);
  }
  return { kind: 'each', outcomes, rest: acceptedAs(msgId) };
}
