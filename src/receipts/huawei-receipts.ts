import { createHmac, timingSafeEqual } from 'node:crypto';
import type { ReceiptVerdict } from '../domain/outcome';
import { isObject, parseObject, type JsonObject } from '../shared/json-object';
import { fieldText } from './field-text';
import type { ReceiptAnswer, ReceiptReader, ReceiptReading } from './receipt-reader';
import { receiptTimeMs } from './receipt-time';

/** Of the receipt address, as the console has them. */
export interface HuaweiReceiptKey {
  readonly user: string;
  readonly key: string;
}

/** What Huawei reports of a device token; other results say nothing of it (delivered, overwritten, over quota …). */
const verdicts: Readonly<Record<string, Pick<ReceiptVerdict, 'kind' | 'reason'>>> = {
  '2': { kind: 'unregistered', reason: 'receipt_uninstalled' },
  '5': { kind: 'unregistered', reason: 'receipt_other_user' },
  '6': { kind: 'suspended', reason: 'receipt_notifications_off' },
  '10': { kind: 'suspended', reason: 'receipt_inactive_device' },
};

/** In the forms of both versions, which differ in how a status is written. */
const answers: Readonly<Record<'first' | 'second', ReceiptAnswer>> = {
  first: { contentType: 'application/json', body: '{"errno":0,"errmsg":"OK"}' },
  second: { contentType: 'application/json', body: '{"code":"0","message":"success"}' },
};

/** How far Huawei's clock and ours may be apart, and how long a receipt may be on its way. */
const mostAgeMs = 5 * 60_000;

/**
 * Receipts of Push Kit, of both versions, for Android apps and for HarmonyOS:
 * developer.huawei.com/consumer/en/doc/harmonyos-references/push-api-msg-receipt. Without a key in the configuration the secret
 * of the path alone counts.
 */
export function huaweiReceipts(secret: HuaweiReceiptKey | null): ReceiptReader {
  const keys = secret === null ? [] : keysOf(secret.key);
  return ({ headers, body, nowMs }) => {
    const once =
      secret === null ? null : signedNonce(headers['x-huawei-callback-id'], secret.user, keys, nowMs);
    if (secret !== null && once === null) return { kind: 'unauthorized' };
    return read(body, nowMs, once);
  };
}

/** Newer configurations have the key in base64, older ones as it is: Huawei does not say which one this is. */
function keysOf(key: string): Buffer[] {
  const decoded = Buffer.from(key, 'base64');
  // Of any other text the decoder keeps a part, perhaps a byte or two, which everybody can guess.
  const isBase64 =
    decoded.toString('base64url') === key.replace(/=+$/, '').replaceAll('+', '-').replaceAll('/', '_');
  return isBase64 ? [decoded, Buffer.from(key)] : [Buffer.from(key)];
}

/** The nonce of a header that is signed and of now; null where it is not. */
function signedNonce(header: unknown, user: string, keys: readonly Buffer[], nowMs: number): string | null {
  if (typeof header !== 'string' || header.length > 1_000) return null;
  const fields = new Map(
    header.split(';').map((part) => {
      const [name = '', ...value] = part.trim().split('=');
      return [name.trim(), value.join('=').trim()] as const;
    }),
  );
  const [timestamp = '', nonce = '', value = ''] = ['timestamp', 'nonce', 'value'].map((name) =>
    fields.get(name),
  );
  if (!/^\d{10,16}$/.test(timestamp) || !/^[\w-]{1,64}$/.test(nonce)) return null;
  if (Math.abs(nowMs - Number(timestamp)) > mostAgeMs) return null;
  const offered = Buffer.from(value, 'base64');
  const isSigned = keys.some((key) => {
    const expected = createHmac('sha256', key).update(`${timestamp}${nonce}${user}`).digest();
    return offered.length === expected.length && timingSafeEqual(offered, expected);
  });
  return isSigned ? nonce : null;
}

function read(body: Buffer, nowMs: number, once: string | null): ReceiptReading {
  const statuses = parseObject(body.toString('utf8'))?.['statuses'];
  if (!Array.isArray(statuses)) return { kind: 'malformed', detail: 'expected {"statuses": [ … ]}' };
  const known = statuses.filter(isObject);
  const isSecond = known.some((status) => isObject(status['deliveryStatus']));
  return {
    kind: 'read',
    verdicts: known.flatMap((status) => verdictOf(status, nowMs)),
    once,
    answer: isSecond ? answers.second : answers.first,
  };
}

/** The first version has result and time in the status itself; both may be numbers or texts. */
function verdictOf(status: JsonObject, nowMs: number): ReceiptVerdict[] {
  const { token, deliveryStatus } = status;
  const { result, timestamp } = isObject(deliveryStatus)
    ? deliveryStatus
    : { result: status['status'], timestamp: status['timestamp'] };
  const code = fieldText(result);
  const verdict = Object.hasOwn(verdicts, code) ? verdicts[code] : undefined;
  const asOfMs = receiptTimeMs(timestamp, nowMs);
  if (typeof token !== 'string' || verdict === undefined || asOfMs === null) return [];
  return [{ ...verdict, token, asOfMs }];
}
