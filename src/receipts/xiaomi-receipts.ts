import type { ReceiptVerdict } from '../domain/outcome';
import { isObject, parseObject, type JsonObject } from '../shared/json-object';
import { fieldText } from './field-text';
import type { ReceiptAnswer, ReceiptReader } from './receipt-reader';
import { receiptTimeMs, tokensIn } from './receipt-time';

/** What Xiaomi reports of a device token; other types say nothing of it (delivered, clicked, filtered, over quota, expired). */
const verdicts: Readonly<Record<string, Pick<ReceiptVerdict, 'kind' | 'reason'>>> = {
  '16': { kind: 'unregistered', reason: 'receipt_invalid_target' },
  '32': { kind: 'suspended', reason: 'receipt_notifications_off' },
};

const answer: ReceiptAnswer = { contentType: 'text/plain', body: '' };

/**
 * Receipts of Xiaomi, `data={"<message>": {"type", "targets", "timestamp", …}}` as a form:
 * dev.mi.com/xiaomihyperos/documentation/detail?pId=1559. Xiaomi signs none: the secret of the path alone counts.
 */
export const xiaomiReceipts: ReceiptReader = ({ body, nowMs }) => {
  const data = parseObject(new URLSearchParams(body.toString('utf8')).get('data') ?? '');
  if (data === null) return { kind: 'malformed', detail: 'expected a form with data={"<message>": { … }}' };
  const verdictsOf = (report: JsonObject): ReceiptVerdict[] => {
    const { type, targets, timestamp } = report;
    const code = fieldText(type);
    const verdict = Object.hasOwn(verdicts, code) ? verdicts[code] : undefined;
    const asOfMs = receiptTimeMs(timestamp, nowMs);
    if (verdict === undefined || asOfMs === null) return [];
    return tokensIn(targets).map((token) => ({ ...verdict, token, asOfMs }));
  };
  return {
    kind: 'read',
    verdicts: Object.values(data).filter(isObject).flatMap(verdictsOf),
    once: null,
    answer,
  };
};
