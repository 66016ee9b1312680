import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { credentialOk, credentialProblem, type CredentialCheck } from '../wire/credential-check';
import { errorText } from '../wire/error-text';

/** Apple's AuthKey_XXXXXXXXXX.p8: a P-256 private key in PKCS#8 PEM. */
export function validateApnsKey(pem: string): CredentialCheck {
  const expected =
    "expected the content of Apple's .p8 file, a P-256 private key in PEM (-----BEGIN PRIVATE KEY-----)";
  if (!pem.includes('-----BEGIN')) return credentialProblem(`${expected}; this is no PEM`);
  if (pem.includes('-----BEGIN CERTIFICATE')) return credentialProblem(`${expected}; this is a certificate`);
  const key = privateKey(pem, undefined);
  if (key === null) return credentialProblem(`${expected}; this one cannot be read`);
  if (key.asymmetricKeyType !== 'ec' || key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
    return credentialProblem(
      `${expected}; this is a key of another kind (${key.asymmetricKeyType ?? 'unknown'})`,
    );
  }
  return credentialOk;
}

/** A certificate and its private key in PEM, still good at `nowMs`. */
export function validateApnsCertificate(
  cert: string,
  keyPem: string,
  passphrase: string | undefined,
  nowMs: number,
): CredentialCheck {
  const certificate = readCertificate(cert);
  if (certificate === null)
    return credentialProblem('expected an X.509 certificate in PEM (-----BEGIN CERTIFICATE-----)');
  const key = privateKey(keyPem, passphrase);
  if (key === null) {
    return credentialProblem(
      keyPem.includes('ENCRYPTED')
        ? 'expected a private key that the passphrase opens'
        : 'expected a private key in PEM',
    );
  }
  if (!certificate.checkPrivateKey(key)) {
    return credentialProblem(
      'expected the private key of this very certificate; this one belongs to another',
    );
  }
  if (Date.parse(certificate.validTo) <= nowMs) {
    return credentialProblem(
      `expected a certificate that is still good; this one ended ${certificate.validTo}`,
    );
  }
  return credentialOk;
}

/** A PKCS#12 file (.p12, .pfx) that its passphrase opens. */
export function validateApnsPfx(pfx: Buffer, passphrase: string): CredentialCheck {
  try {
    createSecureContext({ pfx, passphrase });
    return credentialOk;
  } catch (error) {
    const said = errorText(error, 'message') ?? '';
    if (/mac verify/i.test(said))
      return credentialProblem('expected a PKCS#12 file that the passphrase opens');
    if (/unsupported/i.test(said)) {
      return credentialProblem(
        'expected a PKCS#12 file with a cipher of today; this one has an outdated one, as Keychain Access exports them ' +
          '(openssl pkcs12 -legacy -in old.p12 -nodes -out all.pem, then openssl pkcs12 -export -in all.pem -out new.p12)',
      );
    }
    return credentialProblem('expected a PKCS#12 file (.p12, .pfx)');
  }
}

function readCertificate(pem: string): X509Certificate | null {
  try {
    return new X509Certificate(pem);
  } catch {
    return null;
  }
}

function privateKey(pem: string, passphrase: string | undefined): KeyObject | null {
  try {
    return createPrivateKey(passphrase === undefined ? { key: pem } : { key: pem, passphrase });
  } catch {
    return null;
  }
}
