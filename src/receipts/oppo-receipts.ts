import type { ReceiptVerdict } from '../domain/outcome';
import { isObject } from '../shared/json-object';
import { fieldText } from './field-text';
import type { ReceiptAnswer, ReceiptReader } from './receipt-reader';
import { receiptTimeMs, tokensIn } from './receipt-time';

/** What OPPO reports of a device token; its other event says that a push has arrived. */
const verdicts: Readonly<Record<string, Pick<ReceiptVerdict, 'kind' | 'reason'>>> = {
  regid_invalid: { kind: 'unregistered', reason: 'receipt_regid_invalid' },
  user_daily_limit: { kind: 'throttled', reason: 'receipt_user_daily_limit' },
};

const answer: ReceiptAnswer = { contentType: 'text/plain', body: '' };

/**
 * Receipts of OPPO, `[{"registrationIds", "eventTime", "eventType", …}]`: open.oppomobile.com/new/developmentDoc/info?id=11239. OPPO
 * signs none: the secret of the path alone counts.
 */
export const oppoReceipts: ReceiptReader = ({ body, nowMs }) => {
  const events = arrayIn(body.toString('utf8'));
  if (events === null) return { kind: 'malformed', detail: 'expected [{"registrationIds": "…", … }]' };
  const verdictsOf = ({
    eventType,
    eventTime,
    registrationIds,
  }: Record<string, unknown>): ReceiptVerdict[] => {
    const code = fieldText(eventType);
    const verdict = Object.hasOwn(verdicts, code) ? verdicts[code] : undefined;
    const asOfMs = receiptTimeMs(eventTime, nowMs);
    if (verdict === undefined || asOfMs === null) return [];
    return tokensIn(registrationIds).map((token) => ({ ...verdict, token, asOfMs }));
  };
  return { kind: 'read', verdicts: events.filter(isObject).flatMap(verdictsOf), once: null, answer };
};

function arrayIn(text: string): unknown[] | null {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}
