export const maxUidBytes = 256;

/** False for a string that no device can be registered under: empty, over 256 bytes of UTF-8, or no Unicode text. */
export function isAddressable(uid: string): boolean {
  // No UTF-16 unit takes more than three bytes, so most uids need no count.
  if (uid === '' || (uid.length * 3 > maxUidBytes && Buffer.byteLength(uid) > maxUidBytes)) return false;
  return isUnicode(uid);
}

/** False where half of a surrogate pair is alone: no UTF-8 can say it. */
export function isUnicode(text: string): boolean {
  return text.isWellFormed();
}
