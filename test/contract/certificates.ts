import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

export interface TestCertificate {
  readonly cert: string;
  readonly key: string;
}

export interface TestAuthority extends TestCertificate {
  issue(names: readonly string[], options?: CertificateOptions): Promise<TestCertificate>;
}

/** Apple's certificates for pushes hold the last three: the subject's UID, an extension per environment, one with topics. */
export interface CertificateOptions {
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  readonly bundleId?: string;
  readonly environments?: readonly ('production' | 'sandbox')[];
  readonly topics?: readonly string[];
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
  const issue: TestAuthority['issue'] = async (names, options = {}) => {
    const leafKeys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
    const leaf = await x509.X509CertificateGenerator.create({
      serialNumber: '02',
      subject: [
        ...(options.bundleId === undefined ? [] : [{ [userIdOid]: [options.bundleId] }]),
        { CN: [names[0] ?? ''] },
      ],
      issuer: root.subject,
      notBefore: options.notBefore ?? new Date(Date.now() - 10 * day),
      notAfter: options.notAfter ?? new Date(Date.now() + day),
      signingAlgorithm: algorithm,
      publicKey: leafKeys.publicKey,
      signingKey: keys.privateKey,
      extensions: [
        new x509.SubjectAlternativeNameExtension(
          names.map((value) => ({ type: /^[\d.]+$/.test(value) ? 'ip' : 'dns', value })),
        ),
        ...(options.environments ?? []).map(
          (each) => new x509.Extension(`${appleOid}.${each === 'sandbox' ? 1 : 2}`, false, derNull),
        ),
        ...(options.topics === undefined
          ? []
          : [new x509.Extension(`${appleOid}.6`, false, topicsDer(options.topics))]),
      ],
    });
    return { cert: leaf.toString('pem'), key: await pemOf(leafKeys.privateKey) };
  };
  return { cert: root.toString('pem'), key: await pemOf(keys.privateKey), issue };
}

const userIdOid = '0.9.2342.19200300.100.1.1';
const appleOid = '1.2.840.113635.100.6.3';
const derNull = Buffer.from([0x05, 0x00]);

/** As Apple writes it: each topic, and behind it a sequence of what it is for. */
function topicsDer(topics: readonly string[]): Buffer {
  const der = (tag: number, content: Buffer) => Buffer.concat([Buffer.from([tag, content.length]), content]);
  const text = (value: string) => der(0x0c, Buffer.from(value));
  return der(0x30, Buffer.concat(topics.flatMap((topic) => [text(topic), der(0x30, text('app'))])));
}

async function pemOf(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key)).toString('base64');
  return `-----BEGIN PRIVATE KEY-----\n${der.match(/.{1,64}/g)?.join('\n')}\n-----END PRIVATE KEY-----\n`;
}
