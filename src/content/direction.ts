const rightToLeftScript = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;
const anyLetter = /\p{L}/u;

export function hasRightToLeft(text: string): boolean {
  return rightToLeftScript.test(text);
}

const rightToLeftScripts: ReadonlySet<string | undefined> = new Set([
  'Adlm',
  'Arab',
  'Hebr',
  'Nkoo',
  'Rohg',
  'Syrc',
  'Thaa',
]);

export function isRightToLeft(locale: string): boolean {
  return rightToLeftScripts.has(new Intl.Locale(locale).maximize().script);
}

/**
 * A name, or another part that somebody else wrote, among words of either direction: it keeps to itself (U+2068 … U+2069)
 * wherever it would reorder the line, or the line it.
 */
export function isolate(part: string, isLineRightToLeft: boolean): string {
  const isIsolated = isLineRightToLeft ? anyLetter.test(part) : hasRightToLeft(part);
  return isIsolated ? `\u2068${part}\u2069` : part;
}
