import { z } from 'zod';

/** RFC 3339 as an answer spells it: UTC with milliseconds. */
export const timeText = z.iso.datetime();

/** RFC 3339 as a request may spell it, with any offset → milliseconds since the epoch. */
export const timeInput = z.iso
  .datetime({ offset: true, error: 'must be an RFC 3339 time, such as 2026-01-31T12:00:00Z' })
  .transform((text) => Date.parse(text));

export function toTimeText(atMs: number): string {
  return new Date(atMs).toISOString();
}

export function toTimeTextOrNull(atMs: number | null): string | null {
  return atMs === null ? null : toTimeText(atMs);
}
