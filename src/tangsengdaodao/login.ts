import { identifier } from '../api/schemas/identifiers';
import { parseObject } from '../shared/json-object';

/** Where TangSengDaoDao keeps who is logged in. */
export interface LoginTokens {
  /** What is stored for a login token; null: nothing. Rejects with LoginsUnavailableError. */
  find(token: string): Promise<string | null>;
}

/** TangSengDaoDao's Redis does not answer. */
export class LoginsUnavailableError extends Error {
  override readonly name = 'LoginsUnavailableError';
}

const longestToken = 256;

/** The uid of a `token` header; null: nobody is logged in with it. */
export async function loggedInUid(header: unknown, logins: LoginTokens): Promise<string | null> {
  if (typeof header !== 'string' || header === '' || header.length > longestToken) return null;
  const stored = await logins.find(header);
  return stored === null ? null : uidOf(stored);
}

/** `{"uid":"…","name":"…","role":"…","ver":1}`, or `uid@name@role` as older versions store it. */
export function uidOf(stored: string): string | null {
  const text = stored.trim();
  const uid = text.startsWith('{') ? parseObject(text)?.['uid'] : text.split('@')[0];
  return identifier.safeParse(uid).data ?? null;
}
