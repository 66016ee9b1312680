import type { KeyObject } from 'node:crypto';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { credentialOk, credentialProblem } from './credential-result';
import type { CredentialResult } from './credential-result';

/**
 * PEM as it arrives through environment variables and secret stores: with `\n` written out, with Windows line ends, or
 * in base64 once more.
 */
export function normalizePem(value: string): string {
  const text = value.trim();
  const pem = text.startsWith('-----BEGIN') ? text : decodeBase64Pem(text);
  const lines = pem.includes('\n') ? pem : pem.replaceAll('\\n', '\n');
  return `${lines.replaceAll('\r', '').trim()}\n`;
}

function decodeBase64Pem(text: string): string {
  if (!/^[A-Za-z0-9+/=\s]+$/.test(text)) return text;
  const decoded = Buffer.from(text, 'base64').toString('utf8').trim();
  return decoded.startsWith('-----BEGIN') ? decoded : text;
}

function notPem(value: string, what: string, twin: string): string {
  const looksLikeFile = !value.includes('\n') && /^[\w~.:/\\ -]{1,400}\.[a-z0-9]{2,6}$/i.test(value.trim());
  return looksLikeFile ? `${what}; this looks like a file name, which belongs into ${twin}` : what;
}

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
  if (!pem.startsWith('-----BEGIN'))
    return credentialProblem(notPem(value, what, 'key_file (APNS_KEY_FILE)'));
  const key = parsePrivateKey(pem);
  if (key === null) return credentialProblem(`${what}; this one cannot be read`);
  if (key.asymmetricKeyType !== 'ec' || key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
    return credentialProblem(
      `${what}; this is a key of another kind (${key.asymmetricKeyType ?? 'unknown'})`,
    );
  }
  return credentialOk(pem);
}

export function readCertificate(value: string): CredentialResult<string> {
  const what = 'an X.509 certificate in PEM (-----BEGIN CERTIFICATE-----)';
  const pem = normalizePem(value);
  if (!pem.startsWith('-----BEGIN') && !pem.includes('\n-----BEGIN'))
    return credentialProblem(notPem(value, what, 'cert_file (APNS_CERT_FILE)'));
  try {
    new X509Certificate(pem);
    return credentialOk(pem);
  } catch {
    return credentialProblem(`${what}; this one cannot be read`);
  }
}

/** The private key that belongs to the certificate, decrypted with the passphrase where it is encrypted. */
export function matchCertificateKey(
  cert: string,
  keyPem: string,
  passphrase: string | null,
): CredentialResult<null> {
  const key = parsePrivateKey(keyPem, passphrase ?? '');
  if (key === null) {
    const encrypted = keyPem.includes('ENCRYPTED');
    return credentialProblem(
      encrypted
        ? 'a private key that the passphrase opens'
        : 'a private key in PEM (-----BEGIN PRIVATE KEY-----)',
    );
  }
  return new X509Certificate(cert).checkPrivateKey(key)
    ? credentialOk(null)
    : credentialProblem('the private key of this very certificate; this one belongs to another');
}

/** When the certificate ends, ms since the epoch. */
export function certificateEndsAtMs(cert: string): number {
  return Date.parse(new X509Certificate(cert).validTo);
}

/** A PKCS#12 bundle in base64, opened with its passphrase. */
export function openPfx(base64: string, passphrase: string | null): CredentialResult<null> {
  try {
    createSecureContext({ pfx: Buffer.from(base64, 'base64'), passphrase: passphrase ?? '' });
    return credentialOk(null);
  } catch (error) {
    const reason = error instanceof Error ? error.message : '';
    if (/mac verify/i.test(reason)) return credentialProblem('a PKCS#12 file that the passphrase opens');
    if (/unsupported/i.test(reason)) {
      return credentialProblem(
        'a PKCS#12 file with modern encryption; this one uses an outdated cipher (export it again with openssl pkcs12 -legacy, then -export)',
      );
    }
    return credentialProblem('a PKCS#12 file (.p12, .pfx)');
  }
}
