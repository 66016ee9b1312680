import type { HttpResult } from '../transport/port';

/**
 * What a receiver of the house did with a request.
 * - taken: it has what the request carried.
 * - refused: it does not want this request. Another one may be taken.
 * - away: it takes nothing now: no answer, a failure of its own, or an answer that shows a wrong address or secret.
 */
export type Reception =
  | { readonly kind: 'taken' }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'away'; readonly reason: string };

/** Statuses below 500 that say nothing of the request, but of the address, the secret, or the moment. */
const awayStatuses = new Set([401, 403, 404, 405, 407, 408, 421, 425, 429]);

/** Of an HTTP request: a 2xx takes it. Redirects are not followed: a POST may become a GET on the way. */
export function receptionOf(result: HttpResult): Reception {
  if (result.kind !== 'response') return { kind: 'away', reason: result.cause };
  const { status } = result;
  if (status >= 200 && status < 300) return { kind: 'taken' };
  const reason = `it answered ${status}`;
  return { kind: status < 400 || status >= 500 || awayStatuses.has(status) ? 'away' : 'refused', reason };
}
