/**
 * What the credential was last accepted for. "All device tokens are invalid" is what a vendor says of dead tokens, and of a wrong
 * app, of an app under review, or of a malformed list. It is believed only while the same credential works for others.
 */
export class TokenVerdicts {
  /** The newest first; two, so that one is another than the token in question. */
  #accepted: { readonly token: string; readonly atMs: number }[] = [];

  /** `atMs`: of the monotonic clock. */
  accepted(token: string, atMs: number): void {
    const [newest] = this.#accepted;
    if (newest === undefined || newest.token === token) this.#accepted[0] = { token, atMs };
    else this.#accepted = [{ token, atMs }, newest];
  }

  /** Whether a token that is none of these was accepted within ten minutes. */
  worksForOthers(tokens: readonly string[], nowMs: number): boolean {
    return this.#accepted.some(({ token, atMs }) => nowMs - atMs < believedForMs && !tokens.includes(token));
  }
}

const believedForMs = 600_000;
