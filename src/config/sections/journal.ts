import { z } from 'zod';
import { bytes, milliseconds, percent } from '../leaves/numbers';

/** Where events go while Redis is away. */
export interface JournalConfig {
  readonly maxBytes: number;
  /** It takes nothing more once less than this share of the disk is free. */
  readonly minFreePercent: number;
  /** How long it stands in after the store missed its deadline, until the store is tried again. */
  readonly takeoverMs: number;
}

export const journalSchema = z.strictObject({
  max_bytes: bytes({ min: 1024 ** 2 }).default(1024 ** 3),
  min_free_percent: percent().default(10),
  takeover_ms: milliseconds({ min: 1 }).default(1000),
});

export function toJournalConfig(section: z.output<typeof journalSchema>): JournalConfig {
  return {
    maxBytes: section.max_bytes,
    minFreePercent: section.min_free_percent,
    takeoverMs: section.takeover_ms,
  };
}
