/**
 * One rule for each kind of text that somebody else wrote, for the API and the import alike.
 *
 * - identifier (uid, device id, channel id): any well-formed Unicode, kept byte for byte, because WuKongIM compares bytes.
 * - line (names, sounds, models, versions, collapse ids): one visible line, refused where it is not.
 * - prose (title and body of a push): several lines; what must not reach a screen is taken out.
 * - data (values for the app): opaque; only what is no text at all is refused.
 */

const surrogates = /\p{Surrogate}/u;
const nonCharacters = /\p{Noncharacter_Code_Point}/u;
const visibleCharacter = /[^\s\p{Default_Ignorable_Code_Point}\u2800]/u;

/**
 * Control characters, separators of lines, embeddings, overrides and isolates of direction, deprecated format characters,
 * the byte order mark, annotation marks, half characters, what is no character. Marks of direction that only concern their
 * neighbors and joiners stay: names in Arabic, Persian and Hindi need them, and so do emoji.
 */
const refusedInLine =
  '\\u0000-\\u001f\\u007f-\\u009f\\u2028-\\u202e\\u2066-\\u206f\\ufeff\\ufff9-\\ufffb\\ufdd0-\\ufdef\\ufffe\\uffff';
const refusedInData =
  '\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f-\\u009f\\ufdd0-\\ufdef\\ufffe\\uffff';

export const linePattern = new RegExp(`^[^${refusedInLine}]*$`, 'u');
export const dataPattern = new RegExp(`^[^${refusedInData}]*$`, 'u');

const removedFromProse = new RegExp(
  `[\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f\\p{Cs}\\u2028-\\u202e\\u2066-\\u206f\\ufeff\\ufff9-\\ufffb\\p{Noncharacter_Code_Point}]`,
  'gu',
);
const lineBreaks = /\r\n?|[\u0085\u2028\u2029]/gu;

/** JSON can spell half a surrogate pair, which no UTF-8 string holds. */
export function isWellFormed(text: string): boolean {
  return !surrogates.test(text);
}

export function isVisible(text: string): boolean {
  return visibleCharacter.test(text);
}

/** What is wrong with a line, to follow the name of its field; null when it is one. */
export function lineFault(text: string): string | null {
  if (!isWellFormed(text)) return 'must be well-formed Unicode';
  const found = new RegExp(`[${refusedInLine}]`, 'u').exec(text) ?? nonCharacters.exec(text);
  if (found !== null) return `must be one line without control characters; it has ${codePoint(found[0])}`;
  return isVisible(text) ? null : 'must not be blank';
}

/** What is wrong with a value for the app, to follow the name of its field; null when it may go. */
export function dataFault(text: string): string | null {
  if (!isWellFormed(text)) return 'must be well-formed Unicode';
  const found = new RegExp(`[${refusedInData}]`, 'u').exec(text) ?? nonCharacters.exec(text);
  return found === null ? null : `must not contain control characters; it has ${codePoint(found[0])}`;
}

/** Line breaks become line feeds; what could rewrite, hide or break the screen around the text is taken out. */
export function cleanProse(text: string): string {
  return text.replace(lineBreaks, '\n').replace(removedFromProse, '');
}

/**
 * A web address as it is parsed, so that what is stored is what will be fetched; or what is wrong with it. A parser drops
 * line breaks and encodes spaces in silence, so they are refused before.
 */
export function readImageUrl(
  text: string,
): { readonly ok: true; readonly url: string } | { readonly ok: false; readonly fault: string } {
  const fault = (message: string) => ({ ok: false, fault: message }) as const;
  if (lineFault(text) !== null || /\s/u.test(text))
    return fault('must not contain spaces or control characters');
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return fault('must be an https URL, such as https://example.com/a.png');
  }
  if (url.protocol !== 'https:') return fault('must be an https URL: phones load images over TLS only');
  if (url.username !== '' || url.password !== '')
    return fault('must not contain a user name or password: every phone would get it');
  if (url.href.length > longestUrl) return fault(`must be at most ${String(longestUrl)} characters`);
  return { ok: true, url: url.href };
}

export const longestUrl = 2048;

function codePoint(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}
