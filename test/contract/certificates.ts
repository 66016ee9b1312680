import {
  alternativeNames,
  commonNameId,
  issueCertificate,
  userIdId,
  type Extension,
} from '../../src/sandbox/certificates/certificate';
import { boolean, der, integer, nothing, sequence } from '../../src/sandbox/certificates/der';

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

const day = 24 * 3_600_000;

/** A throw-away authority. Names that look like addresses become IP names. */
export async function createTestAuthority(): Promise<TestAuthority> {
  const name = [[commonNameId, 'Throw-away test authority']] as const;
  const root = await issueCertificate({
    subject: name,
    notBefore: new Date(Date.now() - 10 * day),
    notAfter: new Date(Date.now() + day),
    extensions: [{ id: '2.5.29.19', value: sequence(boolean(true), integer(1)), isCritical: true }],
    issuer: null,
  });
  const issue: TestAuthority['issue'] = async (names, options = {}) => {
    const { bundleId, environments = [], topics } = options;
    const { certPem, keyPem } = await issueCertificate({
      subject: [
        ...(bundleId === undefined ? [] : [[userIdId, bundleId] as const]),
        [commonNameId, names[0] ?? ''],
      ],
      notBefore: options.notBefore ?? new Date(Date.now() - 10 * day),
      notAfter: options.notAfter ?? new Date(Date.now() + day),
      extensions: [
        alternativeNames(names),
        ...environments.map((each) => appleExtension(each === 'sandbox' ? 1 : 2, nothing())),
        ...(topics === undefined ? [] : [appleExtension(6, topicsDer(topics))]),
      ],
      issuer: { name, keyPem: root.keyPem },
    });
    return { cert: certPem, key: keyPem };
  };
  return { cert: root.certPem, key: root.keyPem, issue };
}

function appleExtension(last: number, value: Buffer): Extension {
  return { id: `1.2.840.113635.100.6.3.${last}`, value };
}

/** As Apple writes it: each topic, and behind it a sequence of what it is for. */
function topicsDer(topics: readonly string[]): Buffer {
  const utf8 = (value: string) => der(0x0c, Buffer.from(value));
  return sequence(...topics.flatMap((topic) => [utf8(topic), sequence(utf8('app'))]));
}
