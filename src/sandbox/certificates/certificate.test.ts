import { X509Certificate } from 'node:crypto';
import { alternativeNames, commonNameId, issueCertificate } from './certificate';
import { createAuthority, issueServerCertificate } from './authority';
import { systemClock } from '../../domain/clock';

describe('a certificate', () => {
  it('is signed by its authority, and names its hosts and addresses', async () => {
    const authority = await createAuthority(systemClock);
    const hosts = ['push.example.com', '127.0.0.1', '::1', 'fe80::1:2', '::ffff:192.0.2.1'];
    const { certPem, keyPem } = await issueServerCertificate(authority, hosts, systemClock);
    const root = new X509Certificate(authority.certPem);
    const leaf = new X509Certificate(certPem);
    expect(root.ca).toBe(true);
    expect(leaf.ca).toBe(false);
    expect(leaf.checkIssued(root)).toBe(true);
    expect(leaf.verify(root.publicKey)).toBe(true);
    expect(leaf.toLegacyObject().ext_key_usage).toEqual(['1.3.6.1.5.5.7.3.1']);
    expect(leaf.subjectAltName).toBe(
      'DNS:push.example.com, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, IP Address:FE80:0:0:0:0:0:1:2, IP Address:0:0:0:0:0:FFFF:C000:201',
    );
    expect(keyPem).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
  });

  it('holds text beyond ASCII, and times on both sides of 2050', async () => {
    const { certPem } = await issueCertificate({
      subject: [[commonNameId, '沙盒']],
      notBefore: new Date('2049-12-31T23:59:59Z'),
      notAfter: new Date('2050-01-01T00:00:00Z'),
      extensions: [alternativeNames(['localhost'])],
      issuer: null,
    });
    const { subject, validFrom, validTo } = new X509Certificate(certPem);
    expect(subject).toBe('CN=沙盒');
    expect(validFrom).toBe('Dec 31 23:59:59 2049 GMT');
    expect(validTo).toBe('Jan  1 00:00:00 2050 GMT');
  });
});
