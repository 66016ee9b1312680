const shownCharacters = 8;

/** A device token as it may be shown: its last 8 characters. One too short to hide anything that way is hidden whole. */
export function maskToken(token: string): string {
  return token.length < 2 * shownCharacters ? '********' : `…${token.slice(-shownCharacters)}`;
}
