const maximumMs = 24 * 3600 * 1000;
const httpDate = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/**
 * Reads `Retry-After` (RFC 9110 §10.2.3: whole seconds, or an HTTP date) as milliseconds from now; at most a day.
 * A date is counted from the answer's own `date`, where it has one: our clock may differ. Null when there is none, when it
 * says nothing that can be kept, and when it asks for no wait: the vendor's least wait counts then.
 */
export function retryAfterMs(headers: Readonly<Record<string, string>>, nowMs: number): number | null {
  const value = headers['retry-after']?.trim();
  if (value === undefined) return null;
  const waitMs = /^\d+$/.test(value) ? Number(value) * 1000 : untilMs(value, headers['date'], nowMs);
  return waitMs > 0 ? Math.min(waitMs, maximumMs) : null;
}

function untilMs(value: string, date: string | undefined, nowMs: number): number {
  if (!httpDate.test(value)) return 0;
  const sentAtMs = date !== undefined && httpDate.test(date) ? Date.parse(date) : nowMs;
  const waitMs = Date.parse(value) - (Number.isNaN(sentAtMs) ? nowMs : sentAtMs);
  return Number.isNaN(waitMs) ? 0 : waitMs;
}
