import { randomBytes, webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import type * as X509 from '@peculiar/x509';
import type { Clock } from '../../domain/clock';

/** A certificate and its private key (PKCS#8), both PEM. */
export interface CertifiedKey {
  readonly certPem: string;
  readonly keyPem: string;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const dayMs = 86_400_000;
/** Peers whose clocks are behind. */
const backdatedMs = dayMs;
const userIdOid = '0.9.2342.19200300.100.1.1';

/** A throw-away certificate authority (EC P-256). */
export async function createAuthority(clock: Clock): Promise<CertifiedKey> {
  const x509 = await loadX509();
  const keys = await newKeys();
  const usages = x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign;
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: newSerial(),
      name: [{ CN: ['wukongim-push-relay sandbox CA'] }],
      ...validity(clock, 3650),
      keys,
      signingAlgorithm: algorithm,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(usages, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
      ],
    },
    webcrypto,
  );
  return certified(certificate, keys);
}

/** A server certificate for the given host names and addresses. */
export async function issueServerCertificate(
  authority: CertifiedKey,
  hosts: readonly string[],
  clock: Clock,
): Promise<CertifiedKey> {
  const x509 = await loadX509();
  const names = hosts.map((host) => ({
    type: isIP(host) === 0 ? ('dns' as const) : ('ip' as const),
    value: host,
  }));
  return issue(x509, authority, [{ CN: ['wukongim-push-relay sandbox'] }], clock, [
    new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
    new x509.SubjectAlternativeNameExtension(names),
  ]);
}

/**
 * A client certificate like those of Apple's developer site: the subject's UID is the bundle id.
 * @see https://developer.apple.com/documentation/usernotifications/establishing-a-certificate-based-connection-to-apns
 */
export async function issueClientCertificate(
  authority: CertifiedKey,
  bundleId: string,
  clock: Clock,
): Promise<CertifiedKey> {
  const x509 = await loadX509();
  const subject = [{ [userIdOid]: [bundleId] }, { CN: [`Apple Push Services: ${bundleId}`] }];
  return issue(x509, authority, subject, clock, [
    new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth]),
  ]);
}

/** Not at import: it takes longer than all else that the relay loads, which needs no sandbox in production. */
async function loadX509(): Promise<typeof X509> {
  await import('reflect-metadata');
  return await import('@peculiar/x509');
}

async function issue(
  x509: typeof X509,
  authority: CertifiedKey,
  subject: X509.JsonName,
  clock: Clock,
  extensions: readonly X509.Extension[],
): Promise<CertifiedKey> {
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.create(
    {
      serialNumber: newSerial(),
      subject,
      issuer: new x509.X509Certificate(authority.certPem).subject,
      ...validity(clock, 730),
      publicKey: keys.publicKey,
      signingKey: await importSigningKey(authority.keyPem),
      signingAlgorithm: algorithm,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        ...extensions,
      ],
    },
    webcrypto,
  );
  return certified(certificate, keys);
}

async function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

function importSigningKey(keyPem: string): Promise<webcrypto.CryptoKey> {
  const bytes = Buffer.from(keyPem.replace(/-----[^-]+-----|\s/g, ''), 'base64');
  return webcrypto.subtle.importKey('pkcs8', bytes, algorithm, false, ['sign']);
}

async function certified(
  certificate: X509.X509Certificate,
  keys: webcrypto.CryptoKeyPair,
): Promise<CertifiedKey> {
  const key = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  const lines = key.match(/.{1,64}/g) ?? [];
  return {
    certPem: `${certificate.toString('pem')}\n`,
    keyPem: `-----BEGIN PRIVATE KEY-----\n${lines.join('\n')}\n-----END PRIVATE KEY-----\n`,
  };
}

/** Positive, and never shortened: the first two bits are 01. */
function newSerial(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes.toString('hex');
}

function validity(clock: Clock, days: number): { readonly notBefore: Date; readonly notAfter: Date } {
  const now = clock.now();
  return { notBefore: new Date(now - backdatedMs), notAfter: new Date(now + days * dayMs) };
}
