import { createHash } from 'node:crypto';

/** By which vendors drop a second copy of a message on the phone: 20 letters and digits, the same on every attempt. */
export function messageKey(app: string, messageId: string): string {
  const hash = createHash('sha256').update(`${app}\n${messageId}`).digest('base64url');
  return hash.replace(/[-_]/g, '0').slice(0, 20);
}
