/*
 * Open this file first: it has the schemas that others are made of, with `times.ts` and `page.ts`. Each other file has the
 * schemas of one resource, for requests and answers: `device.ts` (with `subscription.ts`), `people.ts`, `push.ts`,
 * `preferences.ts`, `badge.ts`, `call.ts`, `trace.ts`, `dead-letter.ts`, `health.ts` and `problem.ts`. Validation and openapi.json both come from them.
 */

import { z } from 'zod';
import {
  dataFault,
  dataPattern,
  isWellFormed,
  lineFault,
  linePattern,
  longestUrl,
  readImageUrl,
} from '../../shared/text-rules';

/** A uid, device id or channel id: any UTF-8 string of 1 to 256 bytes, kept byte for byte. */
export const identifier = z
  .string()
  .min(1, 'must not be empty')
  .max(256, 'must be at most 256 bytes of UTF-8')
  .refine((text) => Buffer.byteLength(text) <= 256, 'must be at most 256 bytes of UTF-8')
  .refine(isWellFormed, 'must be well-formed Unicode');

/** One visible line without control characters; the bound is in UTF-16 units. */
export function line(maxLength: number) {
  return bounded(maxLength).superRefine(faults(lineFault)).meta({ pattern: linePattern.source });
}

/** A value that only the app reads. */
export const dataValue = z.string().superRefine(faults(dataFault)).meta({ pattern: dataPattern.source });

export function bounded(maxLength: number) {
  return z.string().min(1, 'must not be empty').max(maxLength, `must be at most ${maxLength} characters`);
}

/** What phones fetch: kept as it was parsed. */
export const imageUrl = z
  .string()
  .max(longestUrl, `must be at most ${longestUrl} characters`)
  .transform((text, context) => {
    const read = readImageUrl(text);
    if (read.ok) return read.url;
    context.addIssue({ code: 'custom', message: read.fault });
    return z.NEVER;
  })
  .meta({
    override: { type: 'string', format: 'uri', pattern: '^https://', maxLength: longestUrl },
    description: 'https, without user name and password. The relay stores the normalized URL.',
  });

/** An empty text has an error of its own. */
function faults(faultOf: (text: string) => string | null) {
  return (text: string, context: { addIssue(issue: { code: 'custom'; message: string }): void }) => {
    const fault = text === '' ? null : faultOf(text);
    if (fault !== null) context.addIssue({ code: 'custom', message: fault });
  };
}

/** An integer of a body. */
export function integer(min: number, max: number) {
  const message = `must be ${min} to ${max}`;
  const error = ({ input }: { readonly input?: unknown }) =>
    input === undefined ? 'is required: an integer' : 'must be an integer';
  return z.int({ error }).min(min, message).max(max, message);
}

/** An integer in a path or query, where everything is text; leading zeros and signs are not numbers here. */
export function integerText(min: number, max: number) {
  const message = `must be an integer from ${min} to ${max}`;
  return z
    .string()
    .regex(/^(?:0|[1-9][0-9]{0,8})$/, message)
    .meta({ override: { type: 'integer', minimum: min, maximum: max, pattern: undefined } })
    .transform(Number)
    .pipe(z.number().int().min(min, message).max(max, message));
}

export const uidParams = z.strictObject({ uid: identifier });
export const deviceParams = z.strictObject({ uid: identifier, device_id: identifier });
export const aliasParams = z.strictObject({ uid: identifier, peer_uid: identifier });
export const channelParams = z.strictObject({ channel_type: integerText(0, 255), channel_id: identifier });
export const memberParams = z.strictObject({
  channel_type: integerText(0, 255),
  channel_id: identifier,
  uid: identifier,
});
/** What a user sees as one conversation. */
export const conversationParams = z.strictObject({ ...uidParams.shape, ...channelParams.shape });
