/** A number or a text, as vendors write codes and times; '' for anything else, of which an object may have no text at all. */
export function fieldText(value: unknown): string {
  return typeof value === 'number' || typeof value === 'string' ? String(value) : '';
}
