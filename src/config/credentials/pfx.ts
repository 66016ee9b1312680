import type { X509Certificate } from 'node:crypto';
import { Duplex } from 'node:stream';
import { createSecureContext, TLSSocket } from 'node:tls';
import { credentialOk, credentialProblem } from './credential-result';
import type { CredentialResult } from './credential-result';
import { wrongKind } from './kinds';

/** A PKCS#12 file in base64, not opened yet. */
export function readPfx(value: string): CredentialResult<string> {
  const text = value.replaceAll(/\s/g, '');
  const isBase64 = /^[A-Za-z0-9+/]+=*$/.test(text);
  const bytes = isBase64 ? Buffer.from(text, 'base64') : null;
  // Every PKCS#12 file is one ASN.1 SEQUENCE.
  if (bytes !== null && bytes.length >= 75 && bytes[0] === 0x30) return credentialOk(text);
  const content =
    bytes !== null && /-----BEGIN|^\s*\{/.test(bytes.toString('utf8')) ? bytes.toString('utf8') : value;
  const hint = wrongKind(content, 'pfx_file (APNS_PFX_FILE)');
  return credentialProblem(
    `a PKCS#12 file (.p12, .pfx); in base64 where it does not come from a file${hint}`,
  );
}

/** Opens a PKCS#12 bundle with its passphrase; the certificate is that of its private key. */
export function openPfx(base64: string, passphrase: string | null): CredentialResult<X509Certificate> {
  try {
    const pfx = Buffer.from(base64, 'base64');
    const secureContext = createSecureContext({ pfx, passphrase: passphrase ?? '' });
    const certificate = certificateOf(secureContext);
    return certificate === null
      ? credentialProblem(
          'a PKCS#12 file with a certificate and its private key; this one holds no certificate',
        )
      : credentialOk(certificate);
  } catch (error) {
    return credentialProblem(fault(String(error), passphrase));
  }
}

/** Node shows a context's own certificate only through a socket; this one is connected to nothing. */
function certificateOf(secureContext: ReturnType<typeof createSecureContext>): X509Certificate | null {
  const nowhere = new Duplex({ read: () => {}, write: (_chunk, _encoding, done) => done() });
  const socket = new TLSSocket(nowhere, { isServer: true, secureContext });
  try {
    return socket.getX509Certificate() ?? null;
  } finally {
    socket.destroy();
    nowhere.destroy();
  }
}

const convert =
  'openssl pkcs12 -legacy -in OLD.p12 -nodes -out push.pem, then openssl pkcs12 -export -in push.pem -out NEW.p12';

function fault(reason: string, passphrase: string | null): string {
  if (/mac verify/i.test(reason)) {
    return passphrase === null
      ? 'a PKCS#12 file without a passphrase, or its passphrase in passphrase (APNS_PASSPHRASE)'
      : 'a PKCS#12 file that the passphrase opens';
  }
  if (/unsupported/i.test(reason)) {
    return `a PKCS#12 file with modern encryption; this one uses an outdated cipher, as Keychain Access does. Convert it: ${convert}`;
  }
  return 'a PKCS#12 file (.p12, .pfx) with a certificate and its private key; this one is damaged or holds something else';
}
