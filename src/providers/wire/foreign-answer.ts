import type { Outcome } from '../../domain/outcome';
import { parseObject, type JsonObject } from '../../shared/json-object';
import { retryAfterMs } from './retry-after';

/** As much of an answer as tells whose it is. */
export interface SeenAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * An answer that the provider cannot have given: a proxy's page, a login form, another service. It is no verdict on the
 * device, the payload or the credential, so the delivery is tried again.
 *
 * `ambiguous`: it resembles the provider's own so much that the provider may have taken the push.
 */
export function foreignAnswer(
  answer: SeenAnswer,
  nowMs: number,
  ambiguous = false,
): Extract<Outcome, { kind: 'unavailable' }> {
  const isBusy = answer.status === 429 || answer.status === 503;
  return {
    kind: 'unavailable',
    reason: `not an answer of the provider: ${describeAnswer(answer)}`,
    ambiguous,
    retryAfterMs: isBusy ? retryAfterMs(answer.headers, nowMs) : null,
  };
}

/** What an operator needs to recognize who answered: status, redirection, content type, and the title or the beginning. */
function describeAnswer({ status, headers, body }: SeenAnswer): string {
  const location = headers['location'];
  const type = headers['content-type'];
  return [
    `status ${status}`,
    ...(location === undefined ? [] : [`to ${shown(location.replace(/[?#].*$/s, ''), 60)}`]),
    type === undefined ? 'no content type' : shown(type, 40),
    excerpt(body),
  ].join(', ');
}

/** JSON as far as its media type says so; without one, the body decides. */
export function mayBeJson(headers: Readonly<Record<string, string>>): boolean {
  const type = headers['content-type'];
  return type === undefined || /^application\/(?:[\w.-]+\+)?json(?:\s*;|$)/i.test(type.trim());
}

/** The body's JSON object. Null for everything else, and for what was no UTF-8. */
export function jsonObject(body: string): JsonObject | null {
  return body.includes('\ufffd') ? null : parseObject(body);
}

/** One line of printable text without what could be a credential or a device token: whoever answered may echo the request. */
export function shown(text: string, maxLength: number): string {
  const line = text
    .slice(0, 2_000)
    .replace(/[^\p{L}\p{N}\p{P}\p{S}]+/gu, ' ')
    .trim()
    .replace(/[\w+=~%-]{16,}/g, (run) => (/\d/.test(run) || run.length > 40 ? '…' : run));
  const characters = [...line];
  return characters.length <= maxLength ? line : `${characters.slice(0, maxLength - 1).join('')}…`;
}

function excerpt(body: string): string {
  if (body.trim() === '') return 'empty body';
  const object = jsonObject(body);
  if (object !== null) return jsonExcerpt(object);
  // Bounded: of `<title<title…` each would be searched to its end.
  const title = /<title[^>]{0,200}>([^<]{1,400})/i.exec(body.slice(0, 16_384))?.[1];
  const text = shown(title ?? body.slice(0, 2_000).replace(/<[^>]*>?/g, ' '), excerptLength);
  return text === '' ? `${body.length} characters, none to show` : `“${text}”`;
}

/** Values of a JSON answer may be the request's own, with a message's text in it. Who explains an error does it under these names. */
function jsonExcerpt(object: Readonly<Record<string, unknown>>): string {
  const names = Object.keys(object).slice(0, 5);
  const said = explanations.map((name) => object[name]).find((value) => typeof value === 'string');
  const keys = names.length === 0 ? 'empty JSON object' : `JSON with ${shown(names.join(' '), 60)}`;
  return typeof said === 'string' ? `${keys}: “${shown(said, excerptLength)}”` : keys;
}

const excerptLength = 80;
const explanations = ['error_description', 'message', 'error', 'detail', 'reason', 'msg'];
