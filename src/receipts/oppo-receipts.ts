import type { ReceiptVerdict } from '../domain/outcome';
import { isObject } from '../shared/json-object';
import type { ReceiptAnswer, ReceiptReader } from './receipt-reader';
import { receiptTimeMs, tokensIn } from './receipt-time';

const answer: ReceiptAnswer = { contentType: 'text/plain', body: '' };

/**
 * Receipts of OPPO, `[{"registrationIds", "eventTime", "eventType", …}]`: open.oppomobile.com/new/developmentDoc/info?id=11239. Of the
 * events, `regid_invalid` alone says something of a device token. OPPO signs none: the secret of the path alone counts.
 */
export const oppoReceipts: ReceiptReader = ({ body, nowMs }) => {
  const events = arrayIn(body.toString('utf8'));
  if (events === null) return { kind: 'malformed', detail: 'expected [{"registrationIds": "…", … }]' };
  const verdictsOf = ({
    eventType,
    eventTime,
    registrationIds,
  }: Record<string, unknown>): ReceiptVerdict[] => {
    const asOfMs = receiptTimeMs(eventTime, nowMs);
    if (eventType !== 'regid_invalid' || asOfMs === null) return [];
    return tokensIn(registrationIds).map((token) => ({
      token,
      kind: 'unregistered',
      reason: 'receipt_regid_invalid',
      asOfMs,
    }));
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
