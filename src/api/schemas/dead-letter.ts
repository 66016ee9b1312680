import { z } from 'zod';
import { integer, line } from './identifiers';
import { cursorInput, pageQuery } from './page';
import { timeInput, timeText } from './times';

/** Bounds an answer with bodies to about 13 MB of text. */
export const deadLettersQuery = z.strictObject({
  ...pageQuery(200),
  include: z.literal('body', { error: 'must be body' }).optional().meta({
    description: 'Returns the content as well. The log records each such request.',
  }),
});

export const deadLetterSchema = z
  .strictObject({
    id: z.string(),
    at: timeText,
    source: z.enum(['webhook', 'entry', 'delivery', 'forward']).meta({
      description:
        'webhook: a malformed request. entry: all recipients. delivery: single devices. forward: a webhook that a receiver did not take; `route` names it.',
    }),
    reason: z.string(),
    detail: z.string().nullable(),
    message_id: z.string().nullable(),
    route: z.string().nullable(),
    received_at: timeText,
    recipients: z.array(
      z.strictObject({
        uid: z.string(),
        device_id: z.string().nullable(),
        token_kind: z.enum(['alert', 'voip']).nullable(),
      }),
    ),
    body_bytes: z.int(),
    body_truncated: z.boolean(),
    body: z.string().optional().meta({ description: 'Present only with include=body.' }),
    body_encoding: z
      .enum(['utf8', 'base64'])
      .optional()
      .meta({ description: 'base64 if the body is not UTF-8 text.' }),
  })
  .meta({ id: 'DeadLetter' });

const letterId = line(256);

/** Both are given, or neither is. */
function oneOf(input: unknown, field: string, other: string): string {
  return typeof input === 'object' && input !== null && field in input
    ? `must not be given with ${other}`
    : `is required: either ${field} or ${other}`;
}

export const replayInput = z
  .strictObject({
    ids: z
      .array(letterId)
      .min(1, 'must name at least one id')
      .max(1000, 'must name at most 1000 ids')
      .optional(),
    all: z.literal(true, { error: 'must be true' }).optional(),
    cursor: cursorInput
      .optional()
      .meta({ description: 'With `all`: the `next_cursor` of the previous answer.' }),
    max_message_age_seconds: integer(0, 31_536_000)
      .default(3600)
      .meta({ description: 'Letters with an older message are skipped.' }),
  })
  .refine(({ ids, all }) => (ids === undefined) !== (all === undefined), {
    path: ['ids'],
    error: ({ input }) => oneOf(input, 'ids', 'all: true'),
  })
  .refine(({ cursor, all }) => cursor === undefined || all !== undefined, {
    path: ['cursor'],
    message: 'is only allowed with all: true',
  })
  .meta({ id: 'Replay' });

export const replayReportSchema = z
  .strictObject({
    replayed: z.int(),
    skipped: z.int(),
    skipped_reasons: z.strictObject({
      not_found: z.int().optional(),
      too_old: z.int().optional(),
      truncated: z.int().optional(),
      unreadable: z.int().optional(),
    }),
    remaining: z.int().meta({ description: 'Number of dead letters now, including skipped ones.' }),
    next_cursor: z.string().optional().meta({
      description: 'With `all`: where the next request continues. Absent when all letters were processed.',
    }),
  })
  .meta({ id: 'ReplayReport' });

export const removeQuery = z
  .strictObject({
    before: timeInput.optional().meta({ description: 'RFC 3339. Removes letters from before this time.' }),
    all: z.literal('true', { error: 'must be true' }).optional(),
  })
  .refine(({ before, all }) => (before === undefined) !== (all === undefined), {
    path: ['before'],
    error: ({ input }) => oneOf(input, 'before', 'all=true'),
  });

export const removedSchema = z.strictObject({ removed: z.int() }).meta({ id: 'Removed' });
