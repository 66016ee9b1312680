import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

export interface TestCertificate {
  readonly cert: string;
  readonly key: string;
}

export interface TestAuthority extends TestCertificate {
  issue(names: readonly string[], validity?: { readonly notAfter: Date }): Promise<TestCertificate>;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const day = 24 * 3_600_000;

/** A throw-away authority. Names that look like addresses become IP names. */
export async function createTestAuthority(): Promise<TestAuthority> {
  x509.cryptoProvider.set(webcrypto);
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: '01',
    name: 'CN=Throw-away test authority',
    notBefore: new Date(Date.now() - 10 * day),
    notAfter: new Date(Date.now() + day),
    signingAlgorithm: algorithm,
    keys: keys,
    extensions: [new x509.BasicConstraintsExtension(true, 1, true)],
  });
  const issue: TestAuthority['issue'] = async (names, validity) => {
    const leafKeys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
    const leaf = await x509.X509CertificateGenerator.create({
      serialNumber: '02',
      subject: `CN=${names[0]}`,
      issuer: root.subject,
      notBefore: new Date(Date.now() - 10 * day),
      notAfter: validity?.notAfter ?? new Date(Date.now() + day),
      signingAlgorithm: algorithm,
      publicKey: leafKeys.publicKey,
      signingKey: keys.privateKey,
      extensions: [
        new x509.SubjectAlternativeNameExtension(
          names.map((value) => ({ type: /^[\d.]+$/.test(value) ? 'ip' : 'dns', value })),
        ),
      ],
    });
    return { cert: leaf.toString('pem'), key: await pemOf(leafKeys.privateKey) };
  };
  return { cert: root.toString('pem'), key: await pemOf(keys.privateKey), issue };
}

async function pemOf(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key)).toString('base64');
  return `-----BEGIN PRIVATE KEY-----\n${der.match(/.{1,64}/g)?.join('\n')}\n-----END PRIVATE KEY-----\n`;
}
