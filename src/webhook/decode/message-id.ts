const decimal = /^[1-9]\d{0,19}$/;

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
