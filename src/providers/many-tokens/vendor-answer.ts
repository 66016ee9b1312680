import type { Delivery } from '../../domain/notification';
import type { Outcome } from '../../domain/outcome';
import type { JsonObject } from '../../shared/json-object';
import type { ProviderResponse } from '../wire/exchange';
import { foreignAnswer, jsonObject } from '../wire/foreign-answer';
import { retryAfterMs } from '../wire/retry-after';
import { meanings, verdictOf, type CodeTable, type MeaningName, type VendorSaid } from './code-table';
import type { Vendor, Verdict } from './vendor';

/** What an HTTP status means where the body says no more. */
type ByStatus = Readonly<Record<number, MeaningName>>;

/** An answer in the vendor's form. */
export interface VendorAnswer extends VendorSaid {
  readonly status: number;
  readonly fields: JsonObject;
}

/** The form of a vendor's answers. */
export interface AnswerForm {
  /** The fields with the code and its explanation. */
  readonly names: { readonly code: string; readonly message: string };
  readonly codes: CodeTable;
  /** Where the body has no code of the table. */
  readonly byStatus: ByStatus;
}

/** `read`: what an answer says besides its code; null: the code decides. */
export function answerReader(
  form: AnswerForm,
  read: (said: VendorAnswer, deliveries: readonly Delivery[]) => Verdict | null,
): Vendor<unknown>['read'] {
  return (response, deliveries, nowMs) => {
    const said = readSaid(response, nowMs, form);
    if ('verdict' in said) return said.verdict;
    return read(said, deliveries) ?? verdictOf(form.codes, said);
  };
}

/** Numbers and strings alike; nothing longer passes for a code, which becomes a reason and a label. */
const codeShape = /^-?[\w.]{1,32}$/;

/**
 * Reads the vendor's code, whatever content type it gives its JSON, or what the HTTP status alone says. What no vendor writes (a page,
 * a redirection, other JSON) is tried again; with a status of success as ambiguous, because the vendor may have taken the push.
 */
export function readSaid(
  response: ProviderResponse,
  nowMs: number,
  { names, byStatus }: AnswerForm,
): VendorAnswer | { readonly verdict: Verdict } {
  const { status, headers, body } = response;
  const fields = jsonObject(body);
  const waitMs = retryAfterMs(headers, nowMs);
  const name = byStatus[status];
  const meaning = name === undefined ? undefined : meanings[name];
  const code = fields === null ? null : codeOf(fields[names.code]);
  if (fields !== null && code !== null) {
    const text = fields[names.message];
    return {
      code,
      message: typeof text === 'string' ? text : '',
      retryAfterMs: waitMs,
      nowMs,
      status,
      fields,
      byStatus: meaning,
    };
  }
  if (meaning !== undefined && (body === '' || fields !== null))
    return { verdict: meaning({ code: `HTTP ${status}`, message: '', retryAfterMs: waitMs, nowMs }) };
  const isTaken = status >= 200 && status < 300;
  return { verdict: { kind: 'all', outcome: foreignAnswer(response, nowMs, isTaken) } };
}

function codeOf(value: unknown): string | null {
  if (typeof value !== 'string' && typeof value !== 'number') return null;
  const code = String(value);
  return codeShape.test(code) ? code : null;
}

/** Device tokens that an answer names: a list, or a text with commas between. */
export function tokensIn(value: unknown): ReadonlySet<string> {
  const named: readonly unknown[] =
    typeof value === 'string' ? value.split(',') : Array.isArray(value) ? value : [];
  const isToken = (token: unknown) => typeof token === 'string' || typeof token === 'number';
  return new Set(
    named.filter((token) => isToken(token) && token !== '').map((token) => String(token).trim()),
  );
}

/** Those of the tokens that an answer calls dead are unregistered; the others are `rest`. */
export function withDead(
  deliveries: readonly Delivery[],
  dead: ReadonlySet<string>,
  reason: string,
  rest: Outcome | null,
): Verdict {
  const outcome: Outcome = { kind: 'unregistered', reason, asOfMs: null };
  const found = deliveries.filter(({ token }) => dead.has(token));
  return found.length === deliveries.length
    ? { kind: 'all_invalid', reason }
    : { kind: 'each', outcomes: new Map(found.map(({ token }) => [token, outcome])), rest };
}

/** The vendor's id of what it has accepted. */
export function acceptedAs(id: unknown): Extract<Outcome, { kind: 'accepted' }> {
  const isId = typeof id === 'string' || typeof id === 'number';
  return { kind: 'accepted', receipt: isId ? String(id).slice(0, 200) : '' };
}
