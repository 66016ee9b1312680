/** A text property of whatever was thrown, which need not be an Error of this realm. */
export function errorText(error: unknown, property: 'message' | 'code' | 'name'): string | null {
  if (typeof error !== 'object' || error === null) return null;
  const value: unknown = (error as Readonly<Record<string, unknown>>)[property];
  return typeof value === 'string' && value !== '' ? value : null;
}
