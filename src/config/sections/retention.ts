import { z } from 'zod';
import { bytes, integer, lifetimeSeconds, share } from '../leaves/numbers';

export interface RetentionConfig {
  readonly deadLetters: {
    readonly maxAgeMs: number;
    readonly maxEntries: number;
    readonly maxBytes: number;
    /** A longer body is cut. */
    readonly maxBodyBytes: number;
  };
}

export const deadLettersSchema = z.strictObject({
  max_age: lifetimeSeconds({ min: 60 }).default(7 * 86_400),
  max_entries: integer({ min: 1 }).default(100_000),
  max_bytes: bytes({ min: 1024 ** 2 }).default(256 * 1024 ** 2),
  max_body_bytes: bytes().default(64 * 1024),
});

export function toRetentionConfig(deadLetters: z.output<typeof deadLettersSchema>): RetentionConfig {
  return {
    deadLetters: {
      maxAgeMs: deadLetters.max_age * 1000,
      maxEntries: deadLetters.max_entries,
      maxBytes: deadLetters.max_bytes,
      maxBodyBytes: deadLetters.max_body_bytes,
    },
  };
}

/** What is kept of what became of messages. */
export interface TraceConfig {
  /** The share of messages that leave a trace; 0: none. */
  readonly sample: number;
  readonly maxAgeMs: number;
  readonly maxBytes: number;
  /** Of a message to more recipients, what was accepted is counted only. */
  readonly fullUpToRecipients: number;
}

export const traceSchema = z.strictObject({
  sample: share().default(1),
  max_age: lifetimeSeconds({ min: 60 }).default(86_400),
  max_bytes: bytes({ min: 1024 ** 2 }).default(256 * 1024 ** 2),
  full_up_to_recipients: integer({ min: 1 }).default(1_000),
});

export function toTraceConfig(section: z.output<typeof traceSchema>): TraceConfig {
  return {
    sample: section.sample,
    maxAgeMs: section.max_age * 1000,
    maxBytes: section.max_bytes,
    fullUpToRecipients: section.full_up_to_recipients,
  };
}
