/*
 * Open this file first: small nouns that several rooms need, each independent of the others. JSON: `json-object.ts` for values
 * that somebody else wrote, `json-cursor.ts` to read a large text in slices, `json-web-token.ts`. Texts: `text-rules.ts` says
 * what each kind of text may hold, `mask.ts` shortens device tokens, `locale-tag.ts` and `time-zone.ts` read what platforms
 * print. `ids.ts` creates ids, `secret-set.ts` compares secrets, `address-set.ts` compares addresses with networks,
 * `request-headers.ts` signs bodies and names the user of a URL, `signature-algorithms.ts` lists the algorithms of signed tokens,
 * `service-reply.ts` asks a service of the house, `circuit-breaker.ts` decides whether that is worth it, `deadlines.ts`
 * judges times of a wall clock that may be wrong, and `within.ts` limits the time of a promise. `told-keys.ts` names what app
 * servers tell, `reception.ts` is what a receiver did with a request, and `make-directory.ts` makes a directory for its owner only.
 */

/** A JSON object that somebody else wrote: each field is looked at before it is believed. */
export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Null for whatever is no JSON object. Never throws. */
export function parseObject(json: string): JsonObject | null {
  try {
    const value: unknown = JSON.parse(json);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}
