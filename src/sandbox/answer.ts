/**
 * What the script makes a fake do with a request instead of judging it. `accepted: true` = the push is judged and, if
 * right, counts as accepted, and only then the answer is lost: the ambiguous case. Plain JSON, so that it can cross a process.
 *
 * - accept: the usual judgement.
 * - reply: this status; `reason` as the vendor names it (the body is the vendor's, unless `body` stands here).
 * - hang: no answer, ever; the connection goes on.
 * - reset: RST_STREAM with `code` (default 2, INTERNAL_ERROR).
 * - refuse: RST_STREAM with REFUSED_STREAM: not processed.
 * - goaway: GOAWAY on the request's connection. `lastProcessed: 'this'` (default): it and those before it are still
 *   answered; `'previous'`: it is not processed.
 * - close_socket: TCP closed in good order (`fin`, default) or reset (`rst`).
 * - freeze: nothing is read from the request's connection or written to it any more.
 */
export type Answer =
  | { readonly kind: 'accept' }
  | ReplyAnswer
  | { readonly kind: 'hang'; readonly accepted?: boolean | undefined }
  | { readonly kind: 'reset'; readonly code?: number | undefined; readonly accepted?: boolean | undefined }
  | { readonly kind: 'refuse' }
  | {
      readonly kind: 'goaway';
      readonly lastProcessed?: 'this' | 'previous' | undefined;
      readonly code?: number | undefined;
      readonly reason?: string | undefined;
    }
  | {
      readonly kind: 'close_socket';
      readonly how?: 'fin' | 'rst' | undefined;
      readonly accepted?: boolean | undefined;
    }
  | { readonly kind: 'freeze'; readonly accepted?: boolean | undefined };

export interface ReplyAnswer {
  readonly kind: 'reply';
  readonly status: number;
  readonly reason?: string | undefined;
  /** Sent as `retry-after`. */
  readonly retryAfterSeconds?: number | undefined;
  /** APNs 410: when the device token died, milliseconds since the epoch; default now. */
  readonly timestampMs?: number | undefined;
  readonly body?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

type Details = Omit<ReplyAnswer, 'kind' | 'status' | 'reason'>;

export const accept = (): Answer => ({ kind: 'accept' });
export const reply = (status: number, reason?: string, details: Details = {}): Answer => ({
  kind: 'reply',
  status,
  reason,
  ...details,
});
export const emptyBody503 = (): Answer => ({ kind: 'reply', status: 503, body: '' });
export const hang = (options: { accepted?: boolean } = {}): Answer => ({ kind: 'hang', ...options });
export const reset = (code?: number, options: { accepted?: boolean } = {}): Answer => ({
  kind: 'reset',
  code,
  ...options,
});
export const refuse = (): Answer => ({ kind: 'refuse' });
export const goaway = (
  options: { lastProcessed?: 'this' | 'previous'; code?: number; reason?: string } = {},
): Answer => ({ kind: 'goaway', ...options });
export const closeSocket = (how?: 'fin' | 'rst', options: { accepted?: boolean } = {}): Answer => ({
  kind: 'close_socket',
  how,
  ...options,
});
export const freeze = (options: { accepted?: boolean } = {}): Answer => ({ kind: 'freeze', ...options });
