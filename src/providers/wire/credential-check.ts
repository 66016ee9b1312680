/** Whether a credential has the shape that its vendor issues; the problem says what was expected, never the content. */
export type CredentialCheck = { readonly ok: true } | { readonly ok: false; readonly problem: string };

export const credentialOk: CredentialCheck = { ok: true };

export function credentialProblem(problem: string): CredentialCheck {
  return { ok: false, problem };
}
