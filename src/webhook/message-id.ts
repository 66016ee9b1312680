import { closingQuote } from './json-string';

const decimal = /^[1-9]\d{0,19}$/;
const open = new Set([0x7b, 0x5b]);
const close = new Set([0x7d, 0x5d]);
const quote = 0x22;

/**
 * The integer of a top-level key, as the text writes it; the last one counts, as in JSON.parse.
 * `text` must be valid JSON. Null when there is none, or it is no plain integer.
 */
export function rawTopLevelInteger(text: string, key: string): string | null {
  const value = /\s*:\s*(-?\d+)(?![\d.eE])/y;
  const written = `"${key}"`;
  let depth = 0;
  let found: string | null = null;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (open.has(code)) depth++;
    else if (close.has(code)) depth--;
    else if (code === quote) {
      const end = closingQuote(text, index);
      if (depth === 1 && end - index === written.length - 1 && text.startsWith(written, index)) {
        value.lastIndex = end + 1;
        const match = value.exec(text);
        if (match) found = match[1] ?? null;
      }
      index = end;
    }
  }
  return found;
}

/** True for a positive integer of at most 20 digits, the largest that an unsigned 64-bit id can have. */
export function isMessageId(text: string): boolean {
  return decimal.test(text);
}

/**
 * The message's id as a decimal string, never through a double: `message_idstr` where it is one, else the exact text of
 * `message_id`. Null when neither is a positive integer.
 */
export function exactMessageId(
  idText: unknown,
  idNumber: unknown,
  rawText: () => string | null,
): string | null {
  if (typeof idText === 'string' && isMessageId(idText)) return idText;
  if (typeof idNumber === 'string') return isMessageId(idNumber) ? idNumber : null;
  if (typeof idNumber !== 'number' || !Number.isInteger(idNumber) || idNumber <= 0) return null;
  const exact = Number.isSafeInteger(idNumber) ? String(idNumber) : rawText();
  return exact !== null && isMessageId(exact) ? exact : null;
}
