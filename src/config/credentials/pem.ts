import type { KeyObject } from 'node:crypto';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { credentialOk, credentialProblem } from './credential-result';
import type { CredentialResult } from './credential-result';
import { wrongKind } from './kinds';
import { certificateBlocks, normalizePem } from './pem-text';

function parsePrivateKey(pem: string, passphrase?: string): KeyObject | null {
  try {
    return createPrivateKey(passphrase === undefined ? { key: pem } : { key: pem, passphrase });
  } catch {
    return null;
  }
}

/** Apple's AuthKey_XXXXXXXXXX.p8: a P-256 private key in PKCS#8 PEM. */
export function readApnsKey(value: string): CredentialResult<string> {
  const what = "the content of Apple's .p8 file: a P-256 private key in PEM (-----BEGIN PRIVATE KEY-----)";
  const pem = normalizePem(value);
  const key = pem.startsWith('-----BEGIN') ? parsePrivateKey(pem) : null;
  const isRight = key?.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1';
  return isRight
    ? credentialOk(pem)
    : credentialProblem(`${what}${wrongKind(value, 'key_file (APNS_KEY_FILE)')}`);
}

/** One certificate or several; the first is that of the private key. */
export function readCertificate(value: string): CredentialResult<string> {
  const what = 'an X.509 certificate in PEM (-----BEGIN CERTIFICATE-----)';
  const pem = normalizePem(value);
  const blocks = certificateBlocks(pem);
  if (blocks.length === 0) {
    const isCut = pem.includes('-----BEGIN CERTIFICATE-----');
    return credentialProblem(
      isCut ? `${what}; this one is cut off` : `${what}${wrongKind(value, 'cert_file (APNS_CERT_FILE)')}`,
    );
  }
  try {
    for (const block of blocks) new X509Certificate(block);
    return credentialOk(pem);
  } catch {
    return credentialProblem(`${what}; this one cannot be read`);
  }
}

/** The key of a certificate, which the rules compare with it. */
export function readCertificateKey(value: string): CredentialResult<string> {
  const pem = normalizePem(value);
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(pem)) return credentialOk(pem);
  const what = 'the private key of the certificate in PEM (-----BEGIN PRIVATE KEY-----)';
  return credentialProblem(`${what}${wrongKind(value, 'cert_key_file (APNS_CERT_KEY_FILE)')}`);
}

/** The private key that belongs to the first certificate, decrypted with the passphrase where it is encrypted. */
export function matchCertificateKey(
  cert: string,
  keyPem: string,
  passphrase: string | null,
): CredentialResult<null> {
  const key = parsePrivateKey(keyPem, passphrase ?? '');
  if (key === null) {
    if (!keyPem.includes('ENCRYPTED'))
      return credentialProblem('a private key in PEM (-----BEGIN PRIVATE KEY-----); this one cannot be read');
    return credentialProblem(
      passphrase === null
        ? 'passphrase (APNS_PASSPHRASE) as well, because this private key is encrypted'
        : 'a private key that passphrase (APNS_PASSPHRASE) opens',
    );
  }
  const at = certificateBlocks(cert).findIndex((block) => new X509Certificate(block).checkPrivateKey(key));
  if (at === 0) return credentialOk(null);
  return credentialProblem(
    at > 0
      ? `the certificate of the private key as the first one of cert; it is number ${String(at + 1)}`
      : 'the private key of this very certificate; this one belongs to another',
  );
}
