/** What reading a credential yields: the value, or what was expected instead. Never its content. */
export type CredentialResult<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly expected: string };

export function credentialOk<T>(value: T): CredentialResult<T> {
  return { ok: true, value };
}

export function credentialProblem(expected: string): { readonly ok: false; readonly expected: string } {
  return { ok: false, expected };
}
