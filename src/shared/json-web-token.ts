import { parseObject, type JsonObject } from './json-object';

/** The header or the claims of a JSON Web Token: https://www.rfc-editor.org/rfc/rfc7515#section-3 */
export function encodeJwtPart(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** Null when it is no JSON object. */
export function decodeJwtPart(part: string): JsonObject | null {
  return parseObject(Buffer.from(part, 'base64url').toString('utf8'));
}
