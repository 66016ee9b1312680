import type { PerProvider, ProviderName } from '../domain/provider-table';

/** Pairs of an environment variable and its key in the app's section of the provider. */
type Keys = readonly (readonly [variable: string | null, key: string])[];
type Hint = (reason: string, named: (keys: Keys) => string) => string;

const hints: PerProvider<Hint> = {
  apns: (reason, named) => {
    if (/Topic/.test(reason)) {
      return `Check ${named([['APNS_TOPIC', 'topic']])}: it must be the app's bundle id, and the key must cover it.`;
    }
    if (/Certificate/.test(reason)) {
      const keys = named([
        ['APNS_CERT', 'cert'],
        ['APNS_PFX', 'pfx'],
        ['APNS_ENVIRONMENTS', 'environments'],
      ]);
      return `Check ${keys}: the certificate must be valid for this bundle id and environment.`;
    }
    if (/Environment/.test(reason)) {
      const keys = named([
        ['APNS_KEY', 'key'],
        ['APNS_ENVIRONMENTS', 'environments'],
      ]);
      return `Check ${keys}: Apple issued this key for another environment.`;
    }
    const keys = named([
      ['APNS_KEY', 'key'],
      ['APNS_KEY_ID', 'key_id'],
      ['APNS_TEAM_ID', 'team_id'],
    ]);
    return `Check ${keys}: the key id must be the one of this .p8 file (AuthKey_<key id>.p8), the team id the one of its Apple account, and the key not revoked.`;
  },
  fcm: (_, named) => {
    const account = named([['FCM_SERVICE_ACCOUNT', 'service_account']]);
    return `Check ${account}: the account must exist, belong to the project, and may send with the Firebase Cloud Messaging API enabled.`;
  },
  harmony: (_, named) =>
    `Check ${named([[null, 'service_account']])}: the account must exist, belong to the project of the app, and have Push Kit enabled.`,
  huawei: (_, named) => {
    const keys = named([
      [null, 'app_id'],
      [null, 'app_secret'],
    ]);
    return `Check ${keys}: both are of one app in AppGallery Connect (Project settings, General information), with Push Kit enabled for it.`;
  },
  vivo: (_, named) => {
    const keys = named([
      [null, 'app_id'],
      [null, 'app_key'],
      [null, 'app_secret'],
    ]);
    return `Check ${keys}: all are of one app in vivo's open platform (Push), which is in vivo's store; the clock of this machine must be right.`;
  },
  honor: (_, named) => {
    const keys = named([
      [null, 'app_id'],
      [null, 'client_id'],
      [null, 'client_secret'],
    ]);
    return `Check ${keys}: all are of one app in Honor's developer console; the client secret is not the app secret.`;
  },
  meizu: (_, named) => {
    const keys = named([
      [null, 'app_id'],
      [null, 'app_secret'],
    ]);
    return `Check ${keys}: both are of one app in Meizu's push console (Flyme), and the secret signs each call.`;
  },
  oppo: (_, named) => {
    const keys = named([
      [null, 'app_key'],
      [null, 'master_secret'],
    ]);
    return `Check ${keys}: both are of one app in OPPO's open platform (Push, App configuration), with pushes enabled for it; check the clock of this machine, and template and category.`;
  },
  xiaomi: (_, named) => {
    const keys = named([
      [null, 'app_secret'],
      [null, 'package_name'],
      [null, 'channel_id'],
    ]);
    return `Check ${keys}: all are of one app in Xiaomi's developer console (App services, Push), with pushes enabled for it.`;
  },
  webpush: (reason, named) => {
    const keys = named([
      [null, 'public_key'],
      [null, 'private_key'],
      [null, 'subject'],
    ]);
    return /PkHash|correspond|mismatch|Unauthorized/i.test(reason)
      ? `Check ${keys}: browsers subscribed with another public key. Set the pair that they subscribed with, or add it as previous.`
      : `Check ${keys}: both keys must be one pair, the subject a reachable mailto: or https: address, and this machine's clock right.`;
  },
};

/** Where to look when a provider refuses the credential: the keys of the configuration, with their environment variables. */
export function credentialHint(provider: ProviderName, app: string, reason: string): string {
  return hints[provider](reason, (keys) =>
    keys
      .map(([variable, name]) => {
        const key = `apps.${app}.${provider}.${name}`;
        return app === 'default' && variable !== null ? `${variable} (${key})` : key;
      })
      .join(', '),
  );
}
