/** A text as the operator wrote it, and what shows that it cannot be what was meant. */

/** Blanks, line ends, and characters that no one sees: zero-width ones, fillers, direction marks, the byte order mark. */
const unseen = '[\\s\\p{Z}\\p{Cf}\\p{Cc}\\u115F\\u1160\\u2800\\u3164\\uFFA0]';
const onlyUnseen = new RegExp(`^${unseen}*$`, 'u');
const unseenInside = /[\p{Cf}\p{Cc}\p{Zl}\p{Zp}\u115F\u1160\u2800\u3164\uFFA0]/u;

/** Nothing that anyone could type as a value: blanks, quotes, separators. */
export function isNothing(text: string): boolean {
  return onlyUnseen.test(text) || !/[\p{L}\p{N}]/u.test(text);
}

export function isBlank(text: string): boolean {
  return onlyUnseen.test(text);
}

/** The first character that is in the text and that nobody sees, as `U+200B`; null: there is none. */
export function unseenCharacter(text: string): string | null {
  const [found] = unseenInside.exec(text) ?? [];
  return found === undefined
    ? null
    : `U+${(found.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}

const notExpanded = [
  /^\$\{[^}]*\}$/,
  /^\$\([^)]*\)$/,
  /^\$[A-Za-z_]\w*$/,
  /^\{\{.*\}\}$/s,
  /^%[A-Za-z_]\w*%$/,
  /^<[^<>]*>$/,
  /^@[A-Z_]+@$/,
];

/** `${API_KEY}`, `$(API_KEY)`, `{{ .Values.apiKey }}`, `<your key>`: what a template leaves when nothing fills it in. */
function isUnfilledTemplate(text: string): boolean {
  const isLeft = (part: string) => notExpanded.some((pattern) => pattern.test(part));
  const parts = text.split(/[\s,;:]+/).filter((part) => part !== '');
  return isLeft(text.trim()) || (parts.length > 0 && parts.every(isLeft));
}

export function isQuoted(text: string): boolean {
  return /^(["'`])[^]*\1$/.test(text) || /^[“”„‘’«»][^]*[“”‘’«»]$/u.test(text);
}

/** An env file of Docker keeps the quotes around a value. */
export function quotesHint(text: string, expected: string): string {
  return isQuoted(text.trim()) && !expected.includes('quotes') ? '; leave out the quotes around it' : '';
}

/** What is wrong with a text whatever its key; null: nothing. Never repeats the text. */
export function flawOf(text: string): string | null {
  if (isBlank(text)) return 'a value, and this one is blank';
  if (isUnfilledTemplate(text)) return 'a value, and this is a placeholder that nothing has filled in';
  return null;
}

const unexpanded = /(?:^|[\\/])~(?=[\\/]|$)|\$\{?[A-Za-z_]/;

/**
 * `; write the whole path: ~ is not expanded here`; empty: there is nothing to expand. A shell does it; nobody does it in YAML, nor in the
 * environment files of Docker and systemd.
 */
export function unexpandedHint(path: string): string {
  const [found] = unexpanded.exec(path) ?? [];
  if (found === undefined) return '';
  const what = found.includes('~') ? '~ is' : 'variables are';
  return `; write the whole path: ${what} not expanded here`;
}

/** Full-width forms, and what input methods and word processors write for ASCII punctuation and blanks. */
const lookalike = /[\uFF01-\uFF5E\u3000\u00A0\u3001\u3002\u2013\u2014\u2018\u2019\u201C\u201D\u2212]/;
const meantBy: Readonly<Record<string, string>> = {
  '\u3000': 'a space',
  '\u00A0': 'a space',
  '\u3001': '","',
  '\u3002': '"."',
  '\u2013': '"-"',
  '\u2014': '"-"',
  '\u2212': '"-"',
  '\u2018': '"\'"',
  '\u2019': '"\'"',
  '\u201C': 'a straight quote',
  '\u201D': 'a straight quote',
};
const fullWidthOffset = 0xfe_e0;

/** `; write ":" instead of U+FF1A (：)`, for a text that was refused; empty: nothing in it looks like ASCII. */
export function lookalikeHint(text: string): string {
  const [found] = lookalike.exec(text) ?? [];
  if (found === undefined) return '';
  const code = found.charCodeAt(0);
  const meant = meantBy[found] ?? `"${String.fromCharCode(code - fullWidthOffset)}"`;
  const name = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
  return `; write ${meant} instead of ${meant === 'a space' ? name : `${name} (${found})`}`;
}
