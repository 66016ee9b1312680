import { shortText } from '../../domain/short-text';

/** What came of asking for an access token. */
export type FetchedToken =
  | { readonly kind: 'token'; readonly accessToken: string; readonly expiresInSeconds: number }
  /** The provider refuses the credential, and why. */
  | { readonly kind: 'misconfigured'; readonly reason: string }
  /** Nobody answered, or not now. */
  | { readonly kind: 'unavailable'; readonly reason: string; readonly retryAfterMs: number | null };

/** Asks for a new access token; ends within `timeoutMs`. Never rejects. */
export type TokenSource = (timeoutMs: number) => Promise<FetchedToken>;

/** A reason that a person can act on, and that no answer can blow up. */
export function tidyReason(reason: string): string {
  return shortText(reason, 200);
}
