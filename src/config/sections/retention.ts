import { z } from 'zod';
import { bytes, integer, lifetimeSeconds } from '../leaves';

export interface RetentionConfig {
  readonly deadLetters: {
    readonly maxAgeMs: number;
    readonly maxEntries: number;
    readonly maxBytes: number;
    /** A longer body is cut. */
    readonly maxBodyBytes: number;
  };
  readonly trace: {
    readonly maxAgeMs: number;
    readonly maxBytes: number;
    /** Of events with more, only what was not accepted is kept, and counts. */
    readonly fullUpToRecipients: number;
  };
}

export const deadLettersSchema = z.strictObject({
  max_age: lifetimeSeconds({ min: 60 }).default(7 * 86_400),
  max_entries: integer({ min: 1 }).default(100_000),
  max_bytes: bytes({ min: 1024 ** 2 }).default(256 * 1024 ** 2),
  max_body_bytes: bytes().default(64 * 1024),
});

export const traceSchema = z.strictObject({
  max_age: lifetimeSeconds().default(86_400),
  max_bytes: bytes({ min: 1024 ** 2 }).default(256 * 1024 ** 2),
  full_up_to_recipients: integer().default(1000),
});

export function toRetentionConfig(
  deadLetters: z.output<typeof deadLettersSchema>,
  trace: z.output<typeof traceSchema>,
): RetentionConfig {
  return {
    deadLetters: {
      maxAgeMs: deadLetters.max_age * 1000,
      maxEntries: deadLetters.max_entries,
      maxBytes: deadLetters.max_bytes,
      maxBodyBytes: deadLetters.max_body_bytes,
    },
    trace: {
      maxAgeMs: trace.max_age * 1000,
      maxBytes: trace.max_bytes,
      fullUpToRecipients: trace.full_up_to_recipients,
    },
  };
}
