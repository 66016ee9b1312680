import { shortText } from '../../domain/short-text';

/** What came of asking for an access token. */
export type FetchedToken =
  | { readonly kind: 'token'; readonly accessToken: string; readonly expiresInSeconds: number }
  /** Google refuses the credential, and why. */
  | { readonly kind: 'misconfigured'; readonly reason: string }
  /** Nobody answered, or not now. */
  | { readonly kind: 'unavailable'; readonly reason: string; readonly retryAfterMs: number | null };

/** Asks for a new access token; ends within `timeoutMs`. Never rejects. */
export type TokenSource = (timeoutMs: number) => Promise<FetchedToken>;

export const messagingScope = 'https://www.googleapis.com/auth/firebase.messaging';

/** A reason that a person can act on, and that no answer can blow up. */
export function tidyReason(reason: string): string {
  return shortText(reason, 200);
}
