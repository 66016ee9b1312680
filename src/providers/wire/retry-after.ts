const maximumMs = 24 * 3600 * 1000;

/**
 * Reads `Retry-After` (RFC 9110 §10.2.3: whole seconds, or an HTTP date) as milliseconds from now; at most a day.
 * Null when there is none or it says nothing that can be kept.
 */
export function retryAfterMs(headers: Readonly<Record<string, string>>, nowMs: number): number | null {
  const value = headers['retry-after']?.trim();
  if (value === undefined || value === '') return null;
  if (/^\d+$/.test(value)) return Math.min(Number(value) * 1000, maximumMs);
  // Only dates: Date.parse also takes "-5" or "1.5" for years.
  if (!/^[A-Za-z]/.test(value)) return null;
  const atMs = Date.parse(value);
  return Number.isNaN(atMs) ? null : Math.min(Math.max(0, atMs - nowMs), maximumMs);
}
