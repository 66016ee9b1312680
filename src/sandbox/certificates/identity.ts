import { generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import { systemClock, type Clock } from '../../domain/clock';
import { createVapidKeys, type VapidKeys } from '../../shared/webpush/vapid-keys';
import { createAuthority, issueClientCertificate } from './authority';
import type { CertifiedKey } from './certificate';
import { toPkcs12 } from './pkcs12';

/** Every secret of a sandbox: kept, a restarted sandbox is the same to its clients. JSON-serializable. */
export interface SandboxIdentity {
  readonly authority: CertifiedKey;
  readonly apns: {
    readonly keyId: string;
    readonly teamId: string;
    readonly topic: string;
    /** PKCS#8 PEM, what Apple's `AuthKey_….p8` holds. */
    readonly keyPem: string;
    readonly publicKeyPem: string;
    readonly certificate: CertifiedKey;
  };
  readonly fcm: {
    readonly projectId: string;
    readonly clientEmail: string;
    readonly privateKeyId: string;
    readonly privateKey: string;
    readonly publicKeyPem: string;
  };
  /** For Web Push. */
  readonly vapid: VapidKeys;
}

/** A Google service account file, as the Firebase console hands it out. */
export interface ServiceAccount {
  readonly type: 'service_account';
  readonly project_id: string;
  readonly private_key_id: string;
  readonly private_key: string;
  readonly client_email: string;
  readonly client_id: string;
  readonly token_uri: string;
}

/** What a relay needs to send to this sandbox. */
export interface SandboxCredentials extends Omit<typeof makerAccounts, 'harmony'> {
  readonly apns: {
    readonly keyPem: string;
    readonly keyId: string;
    readonly teamId: string;
    readonly topic: string;
  };
  /** The same topic by client certificate: PEM pair, and both as PKCS#12. */
  readonly apnsCertificate: {
    readonly certPem: string;
    readonly keyPem: string;
    readonly pfx: Buffer;
    readonly passphrase: string;
  };
  readonly serviceAccount: ServiceAccount;
  readonly harmony: typeof makerAccounts.harmony & { readonly privateKey: string };
  /** For Web Push. */
  readonly vapid: VapidKeys;
}

/** What the makers' consoles would show; a sandbox keeps no secret of theirs. */
export const makerAccounts = {
  huawei: { appId: '100000001', appSecret: 'sandbox-huawei-secret' },
  vivo: { appId: 10_001, appKey: 'sandbox-vivo-key', appSecret: 'sandbox-vivo-secret' },
  honor: { appId: '104400001', clientId: 'sandbox-honor-client', clientSecret: 'sandbox-honor-secret' },
  meizu: { appId: '110001', appSecret: 'sandbox-meizu-secret' },
  oppo: { appKey: 'sandbox-oppo-key', masterSecret: 'sandbox-oppo-secret' },
  xiaomi: { appSecret: 'sandbox-xiaomi-secret', packageName: 'com.example.chat' },
  harmony: {
    projectId: '100000002',
    keyId: 'sandbox-harmony-key',
    subAccount: '100000003',
    clientId: '100000004',
  },
} as const;

const pfxPassphrase = 'sandbox';
const generate = promisify(generateKeyPair);

export interface IdentityOptions {
  /** Bundle id; default com.example.chat. */
  readonly topic?: string | undefined;
  /** Of Google's and Huawei's key; default 2048, as theirs. A key of 1024 takes a twentieth of the time to make. */
  readonly rsaBits?: number | undefined;
  /** Dates the certificates; TLS peers judge them by the real time. */
  readonly clock?: Clock | undefined;
}

/** Fresh keys; the RSA key takes some 100 ms. */
export async function createIdentity(options: IdentityOptions = {}): Promise<SandboxIdentity> {
  const { topic = 'com.example.chat', rsaBits = 2048, clock = systemClock } = options;
  const authority = await createAuthority(clock);
  const [signing, account, certificate] = await Promise.all([
    generate('ec', { namedCurve: 'P-256' }),
    generate('rsa', { modulusLength: rsaBits }),
    issueClientCertificate(authority, topic, clock),
  ]);
  return {
    authority,
    apns: {
      keyId: 'SANDBOXKEY',
      teamId: 'SANDBOXTEA',
      topic,
      keyPem: signing.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      publicKeyPem: signing.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
      certificate,
    },
    fcm: {
      projectId: 'sandbox-project',
      clientEmail: 'firebase-adminsdk-sandbox@sandbox-project.iam.gserviceaccount.com',
      privateKeyId: '5a4db0c5a4db0c5a4db0c5a4db0c5a4db0c5a4db',
      privateKey: account.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      publicKeyPem: account.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    },
    vapid: createVapidKeys(),
  };
}

export function toCredentials(identity: SandboxIdentity, tokenUri: string): SandboxCredentials {
  const { keyPem, keyId, teamId, topic, certificate } = identity.apns;
  return {
    apns: { keyPem, keyId, teamId, topic },
    apnsCertificate: {
      certPem: certificate.certPem,
      keyPem: certificate.keyPem,
      pfx: toPkcs12(certificate.keyPem, [certificate.certPem, identity.authority.certPem], pfxPassphrase),
      passphrase: pfxPassphrase,
    },
    serviceAccount: {
      type: 'service_account',
      project_id: identity.fcm.projectId,
      private_key_id: identity.fcm.privateKeyId,
      private_key: identity.fcm.privateKey,
      client_email: identity.fcm.clientEmail,
      client_id: '100000000000000000001',
      token_uri: tokenUri,
    },
    ...makerAccounts,
    harmony: { ...makerAccounts.harmony, privateKey: identity.fcm.privateKey },
    vapid: identity.vapid,
  };
}
