import { isMessageId } from '../../domain/message';

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
