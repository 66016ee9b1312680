import { createECDH } from 'node:crypto';
import { z } from 'zod';
import { toSubscriptionToken } from '../../shared/webpush/push-subscription';

const longestEndpoint = 2048;
const authBytes = 16;
/** The last moment that a JavaScript date has. */
const lastMs = 8_640_000_000_000_000;

/** The bytes of base64url or base64, padded or not; null when it is neither. */
function bytesOf(text: string): Buffer | null {
  return /^[\w+/-]+={0,2}$/.test(text) ? Buffer.from(text, 'base64') : null;
}

function endpointFault(text: string): string | null {
  if (text.length > longestEndpoint) return `must be at most ${String(longestEndpoint)} bytes`;
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url?.protocol !== 'https:') return 'must be an https URL';
  if (url.username !== '' || url.password !== '') return 'must not have a user name or password';
  if (text.includes('#')) return 'must not have a fragment (#…)';
  return url.href === text ? null : 'must be the unchanged URL of PushSubscription.toJSON()';
}

/** Whoever encrypts to what is no point of the curve tells his own key. */
function isOnCurve(bytes: Buffer): boolean {
  const ephemeral = createECDH('prime256v1');
  ephemeral.generateKeys();
  try {
    ephemeral.computeSecret(bytes);
    return true;
  } catch {
    return false;
  }
}

const keyOf = (expected: string, isKey: (bytes: Buffer) => boolean) =>
  z
    .string()
    .max(128, expected)
    .transform((text, context) => {
      const bytes = bytesOf(text);
      if (bytes !== null && isKey(bytes)) return bytes.toString('base64url');
      context.addIssue({ code: 'custom', message: expected });
      return z.NEVER;
    });

const isPublicKey = (bytes: Buffer): boolean => bytes.length === 65 && bytes[0] === 4 && isOnCurve(bytes);

/** What `PushSubscription.toJSON()` gives, https://www.w3.org/TR/push-api/#dom-pushsubscription-tojson; read as a device token. */
export const subscriptionSchema = z
  .strictObject({
    endpoint: z
      .string()
      .superRefine((text, context) => {
        const message = endpointFault(text);
        if (message !== null) context.addIssue({ code: 'custom', message });
      })
      .meta({ format: 'uri', pattern: '^https://', maxLength: longestEndpoint }),
    keys: z.strictObject({
      p256dh: keyOf('must be a public key on the curve P-256: 65 bytes in base64url', isPublicKey).meta({
        override: { type: 'string', description: 'A point of P-256, uncompressed: 65 bytes in base64url.' },
      }),
      auth: keyOf('must be 16 bytes in base64url', (bytes) => bytes.length === authBytes).meta({
        override: { type: 'string', description: '16 bytes in base64url.' },
      }),
    }),
    expirationTime: z
      .number()
      .min(0)
      .max(lastMs)
      .nullish()
      .meta({ description: 'Milliseconds since the epoch; from then on the device gets no pushes.' }),
  })
  .transform(({ endpoint, keys, expirationTime = null }) =>
    toSubscriptionToken({
      endpoint,
      ...keys,
      expiresAtMs: expirationTime === null ? null : Math.floor(expirationTime),
    }),
  );
