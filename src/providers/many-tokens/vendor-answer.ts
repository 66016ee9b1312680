import type { JsonObject } from '../../shared/json-object';
import type { ProviderResponse } from '../wire/exchange';
import { foreignAnswer, jsonObject, mayBeJson } from '../wire/foreign-answer';
import { retryAfterMs } from '../wire/retry-after';
import type { Meaning, VendorSaid } from './code-table';
import type { Verdict } from './vendor';

/** What an HTTP status means where the body says no more. */
export type ByStatus = Readonly<Record<number, Meaning>>;

/** An answer in the vendor's form. */
export interface VendorAnswer extends VendorSaid {
  readonly fields: JsonObject;
}

/** Numbers and strings alike; nothing longer passes for a code, which becomes a reason and a label. */
const codeShape = /^-?[\w.]{1,32}$/;

/**
 * Reads the vendor's code, or what the HTTP status alone says. What no vendor writes (a page, a redirection, other JSON) is tried
 * again; with a status of success as ambiguous, because the vendor may have taken the push.
 */
export function readSaid(
  response: ProviderResponse,
  nowMs: number,
  names: { readonly code: string; readonly message: string },
  byStatus: ByStatus,
): VendorAnswer | { readonly verdict: Verdict } {
  const { status, headers, body } = response;
  const fields = mayBeJson(headers) ? jsonObject(body) : null;
  const waitMs = retryAfterMs(headers, nowMs);
  const code = fields === null ? null : codeOf(fields[names.code]);
  if (fields !== null && code !== null) {
    const text = fields[names.message];
    return {
      code,
      message: typeof text === 'string' ? text : '',
      retryAfterMs: waitMs,
      nowMs,
      fields,
      byStatus: byStatus[status],
    };
  }
  const meaning = body === '' || fields !== null ? byStatus[status] : undefined;
  if (meaning !== undefined)
    return { verdict: meaning({ code: `HTTP ${status}`, message: '', retryAfterMs: waitMs, nowMs }) };
  const isTaken = status >= 200 && status < 300;
  return { verdict: { kind: 'all', outcome: foreignAnswer(response, nowMs, isTaken) } };
}

function codeOf(value: unknown): string | null {
  if (typeof value !== 'string' && typeof value !== 'number') return null;
  const code = String(value);
  return codeShape.test(code) ? code : null;
}
