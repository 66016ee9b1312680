import { createHash, createHmac } from 'node:crypto';

const base64Prefix = 'whsec_';

/** The key of a secret: what is behind `whsec_` is base64, any other text is the key itself. */
export function signingKey(secret: string): Buffer {
  return secret.startsWith(base64Prefix)
    ? Buffer.from(secret.slice(base64Prefix.length), 'base64')
    : Buffer.from(secret);
}

/**
 * The headers by which a receiver checks who sent the body, and when: https://www.standardwebhooks.com. The id is the body's, so that
 * each attempt with the same events has the same one.
 */
export function webhookHeaders(key: Buffer, body: Buffer, nowMs: number): Readonly<Record<string, string>> {
  const id = `msg_${createHash('sha256').update(body).digest('hex').slice(0, 32)}`;
  const timestamp = String(Math.floor(nowMs / 1000));
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}
