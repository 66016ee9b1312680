import { z } from 'zod';

const loneSurrogate = /\p{Surrogate}/u;

/** JSON can spell half a surrogate pair, which no UTF-8 string holds. */
export function isWellFormed(text: string): boolean {
  return !loneSurrogate.test(text);
}

/** A uid, device id or channel id: any UTF-8 string of 1 to 256 bytes. */
export const identifier = z
  .string()
  .min(1, 'must not be empty')
  .max(256, 'must be at most 256 bytes of UTF-8')
  .refine((text) => Buffer.byteLength(text) <= 256, 'must be at most 256 bytes of UTF-8')
  .refine(isWellFormed, 'must be well-formed Unicode');

/** Text of people and programs; the bound is in UTF-16 units. */
export function boundedText(maxLength: number) {
  return z
    .string()
    .min(1, 'must not be empty')
    .max(maxLength, `must be at most ${maxLength} characters`)
    .refine(isWellFormed, 'must be well-formed Unicode');
}

export const webAddress = z
  .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
  .max(2048, 'must be at most 2048 characters');

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
export const channelParams = z.strictObject({ channel_type: integerText(0, 255), channel_id: identifier });
