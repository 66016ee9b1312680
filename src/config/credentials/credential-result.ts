/*
 * Open this file first: it is what each reader of a credential here returns. `pem.ts` reads APNs keys and certificates (text
 * cleaned by `pem-text.ts`), `pfx.ts` PKCS#12 files, `service-account.ts` Google's JSON,
 * `harmony-account.ts` Huawei's, `public-key.ts` the key that verifies users' tokens. `push-certificate.ts` reads what Apple
 * wrote into a certificate. `kinds.ts` recognizes a credential that was given in the wrong place.
 */

/** What reading a credential yields: the value, or what was expected instead. Never its content. */
export type CredentialResult<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly expected: string };

export function credentialOk<T>(value: T): CredentialResult<T> {
  return { ok: true, value };
}

export function credentialProblem(expected: string): { readonly ok: false; readonly expected: string } {
  return { ok: false, expected };
}
