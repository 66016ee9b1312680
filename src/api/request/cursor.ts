import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import type { Problem } from '../problem';
import { invalidRequest } from './validation';

const version = '1';
const sealBytes = 6;

/** Of a cursor of any list; that it is this list's own is checked by `readCursor`. */
export const cursorPattern = /^1[A-Za-z0-9_-]{9,1023}$/;

/** Where a page of `list` ended, as text that only the same list takes back. */
export function writeCursor(list: string, position: string): string {
  const bytes = Buffer.from(position);
  return version + Buffer.concat([seal(list, bytes), bytes]).toString('base64url');
}

/**
 * The position that a cursor of `list` stands for; null without a cursor. Anything that this list never gave out (another
 * list's, a shortened one, an invented one, another version's) is refused, because a pager would go round for ever.
 */
export function readCursor(
  list: string,
  cursor: string | undefined,
): { readonly position: string | null } | Problem {
  if (cursor === undefined) return { position: null };
  const text = cursor.slice(version.length);
  const bytes = Buffer.from(text, 'base64url');
  const position = bytes.subarray(sealBytes);
  const isOwn =
    cursor.startsWith(version) &&
    bytes.toString('base64url') === text &&
    position.length > 0 &&
    isUtf8(position) &&
    bytes.subarray(0, sealBytes).equals(seal(list, position));
  return isOwn
    ? { position: position.toString('utf8') }
    : invalidRequest([{ path: 'cursor', message: cursorMessage }]);
}

export const cursorMessage = 'must be the next_cursor of an earlier page of this list';

/** Not a secret: whoever forges one gets a page of a list that is theirs to read. */
function seal(list: string, position: Buffer): Buffer {
  return createHash('sha256').update(list).update('\n').update(position).digest().subarray(0, sealBytes);
}
