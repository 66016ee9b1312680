import type { Clock } from '../../domain/clock';
import {
  alternativeNames,
  commonNameId,
  issueCertificate,
  userIdId,
  type CertifiedKey,
  type Extension,
} from './certificate';
import { bits, boolean, integer, oid, sequence } from './der';

const dayMs = 86_400_000;
/** Peers whose clocks are behind. */
const backdatedMs = dayMs;

const basicConstraints = (...values: readonly Buffer[]): Extension => ({
  id: '2.5.29.19',
  value: sequence(...values),
  isCritical: true,
});
const keyUsage = (byte: number, unused: number): Extension => ({
  id: '2.5.29.15',
  value: bits(Buffer.from([byte]), unused),
  isCritical: true,
});
const extendedKeyUsage = (id: string): Extension => ({ id: '2.5.29.37', value: sequence(oid(id)) });
const serverAuthentication = '1.3.6.1.5.5.7.3.1';
const clientAuthentication = '1.3.6.1.5.5.7.3.2';
/** It signs certificates and lists of revoked ones, and none that signs others. */
const authorityExtensions = [basicConstraints(boolean(true), integer(0)), keyUsage(0b0000_0110, 1)];
/** It makes signatures. */
const leafExtensions = [basicConstraints(), keyUsage(0b1000_0000, 7)];

const authorityName = [[commonNameId, 'wukongim-push-relay sandbox CA']] as const;

/** A throw-away certificate authority (EC P-256). */
export function createAuthority(clock: Clock): Promise<CertifiedKey> {
  return issueCertificate({
    subject: authorityName,
    ...validity(clock, 3650),
    extensions: authorityExtensions,
    issuer: null,
  });
}

/** A server certificate for the given host names and addresses. */
export function issueServerCertificate(
  authority: CertifiedKey,
  hosts: readonly string[],
  clock: Clock,
): Promise<CertifiedKey> {
  return issueCertificate({
    subject: [[commonNameId, 'wukongim-push-relay sandbox']],
    ...leaf(authority, clock),
    extensions: [...leafExtensions, extendedKeyUsage(serverAuthentication), alternativeNames(hosts)],
  });
}

/**
 * A client certificate like those of Apple's developer site: the subject's UID is the bundle id.
 * @see https://developer.apple.com/documentation/usernotifications/establishing-a-certificate-based-connection-to-apns
 */
export function issueClientCertificate(
  authority: CertifiedKey,
  bundleId: string,
  clock: Clock,
): Promise<CertifiedKey> {
  return issueCertificate({
    subject: [
      [userIdId, bundleId],
      [commonNameId, `Apple Push Services: ${bundleId}`],
    ],
    ...leaf(authority, clock),
    extensions: [...leafExtensions, extendedKeyUsage(clientAuthentication)],
  });
}

function leaf({ keyPem }: CertifiedKey, clock: Clock) {
  return { ...validity(clock, 730), issuer: { name: authorityName, keyPem } };
}

function validity(clock: Clock, days: number): { readonly notBefore: Date; readonly notAfter: Date } {
  const now = clock.now();
  return { notBefore: new Date(now - backdatedMs), notAfter: new Date(now + days * dayMs) };
}
