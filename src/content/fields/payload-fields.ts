import type { JsonObject } from '../../shared/json-object';
import { dataFault } from '../../shared/text-rules';
import { digitsOf, fieldAt } from '../json-fields';

/** Of UTF-8; a longer value is left out, because a part of it would be another value. */
const valueMaxBytes = 512;
/** Of all names and values as JSON: notifications keep room for their texts. */
const totalMaxBytes = 1536;
/** Of the base64 text, which a notification carries beside its own fields. */
const ciphertextMaxLength = 2560;
const base64 = /^[A-Za-z0-9+/_-]+={0,2}$/;

/**
 * Those of the payload's fields that the operator lets through to the app, as texts: `order.id` is a field of a field. Left out: what
 * is no text, number or boolean, what is too long or too large, and what no provider takes. Null: there is none.
 */
export function readPayloadFields(
  names: readonly string[],
  payload: JsonObject,
): Readonly<Record<string, string>> | null {
  const entries: [string, string][] = [];
  let bytes = 0;
  for (const name of names) {
    const value = fieldAt(payload, name);
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') continue;
    const text = typeof value === 'number' ? digitsOf(value) : String(value);
    if (text === null) continue;
    if (text.length > valueMaxBytes || Buffer.byteLength(text) > valueMaxBytes) continue;
    if (dataFault(text) !== null) continue;
    const cost = Buffer.byteLength(JSON.stringify([name, text]));
    if (bytes + cost > totalMaxBytes) continue;
    bytes += cost;
    entries.push([name, text]);
  }
  return entries.length === 0 ? null : Object.fromEntries(entries);
}

/** The payload as it came, for an app that can decrypt it; null where it would leave no room for anything else. */
export function readCiphertext(payload: string): string | null {
  return payload.length <= ciphertextMaxLength && base64.test(payload) ? payload : null;
}
