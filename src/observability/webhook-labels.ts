export const webhookEventLabels = [
  'msg.offline',
  'user.onlinestatus',
  'msg.notify',
  'unknown',
  'none',
] as const;
export type WebhookEventLabel = (typeof webhookEventLabels)[number];

/**
 * accepted: durable. salvaged: durable, but a part could not be read. empty: nobody to tell. counted: `msg.notify`.
 * ignored: an event that the relay does not use. forwarded: one that only a receiver of `webhook.forward` uses. The others are the answers 401, 403, 400, 413, 408, 503, 404, 405; aborted: the
 * sender left in the middle of the body.
 */
export type WebhookResult =
  | 'accepted'
  | 'salvaged'
  | 'empty'
  | 'counted'
  | 'ignored'
  | 'forwarded'
  | 'unauthorized'
  | 'forbidden'
  | 'invalid'
  | 'too_large'
  | 'too_slow'
  | 'unavailable'
  | 'not_found'
  | 'method_not_allowed'
  | 'aborted';

export const lostCauses = [
  'gzip_truncated',
  'gzip_corrupt',
  'gzip_too_large',
  'compression_unknown',
  'invalid_body',
  'body_too_large',
  'body_too_slow',
  'not_durable',
  'request_aborted',
] as const;
/** Why an event, or a part of it, that an authenticated server sent will reach no phone. */
export type LostCause = (typeof lostCauses)[number];
