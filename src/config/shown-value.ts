import { isBlank } from './leaves/written-text';

const shownCharacters = 60;

/** Credentials come in long runs of letters and digits; names, numbers, addresses and durations do not. */
const longRun = /(?=[\w+/=-]*\d)(?=[\w+/=-]*[A-Za-z])[\w+/=-]{20,}/;

/**
 * A value as it is shown in a problem; null where it may hold a credential. A credential turns up under any key: as part of a
 * URL, or because somebody set the wrong variable.
 */
export function shownValue(value: unknown): string | null {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'a mapping';
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return null;
  const text = String(value);
  if (isBlank(text)) return 'a blank';
  if (text.includes('://')) return shownOrigin(text);
  if (mayHoldCredential(text)) return null;
  return JSON.stringify(text.length > shownCharacters ? `${text.slice(0, shownCharacters)}…` : text);
}

/** `https://host:port/…`: where a URL goes, without user, password, path and query. */
function shownOrigin(text: string): string | null {
  const [, scheme, host] =
    /^([a-z][a-z0-9+.-]{0,20}:\/\/)(?:[^/?#@\s]*@)?([\w.:[\]-]{1,100})(?:[/?#][^@]*)?$/i.exec(text) ?? [];
  if (scheme === undefined || host === undefined || longRun.test(host)) return null;
  const isWhole = `${scheme}${host}` === text.replace(/\/$/, '');
  return JSON.stringify(isWhole ? text : `${scheme}${text.includes('@') ? '********@' : ''}${host}/…`);
}

/** The name of a key or app that is refused, quoted as it was written. */
export function shownName(name: string): string {
  return name.length <= shownCharacters && !mayHoldCredential(name) ? name : '********';
}

function mayHoldCredential(text: string): boolean {
  return /[@\r\n?]|-----|:\/|\/\//.test(text) || /^\s*[{[]/.test(text) || longRun.test(text);
}

/** The name of a file that a `_FILE` variable gives; null where the value itself may stand there by mistake. */
export function shownFile(written: string): string | null {
  const isName = /[/\\.]/.test(written) && /^[\p{L}\p{N}_ ()./\\:~-]{1,200}$/u.test(written);
  return isName && !mayHoldCredential(written.replaceAll(/[/\\._-]/g, ' ').replaceAll(':', ' '))
    ? written
    : null;
}
