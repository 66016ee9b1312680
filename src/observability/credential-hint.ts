/** Where to look when a provider refuses the credential: the keys of the configuration, with their environment variables. */
export function credentialHint(provider: string, app: string, reason: string): string {
  const key = (name: string) => `apps.${app}.${provider}.${name}`;
  const named = (names: readonly (readonly [variable: string, key: string])[]) =>
    names
      .map(([variable, name]) => (app === 'default' ? `${variable} (${key(name)})` : key(name)))
      .join(', ');
  if (provider !== 'apns') {
    const account = named([['FCM_SERVICE_ACCOUNT', 'service_account']]);
    return `Check ${account}: the account must exist, belong to the project, and may send with the Firebase Cloud Messaging API enabled.`;
  }
  if (/Topic/.test(reason)) {
    return `Check ${named([['APNS_TOPIC', 'topic']])}: it must be the app's bundle id, and the key must cover it.`;
  }
  if (/Certificate/.test(reason)) {
    const names = [
      ['APNS_CERT', 'cert'],
      ['APNS_PFX', 'pfx'],
      ['APNS_ENVIRONMENTS', 'environments'],
    ] as const;
    return `Check ${named(names)}: the certificate must be valid for this bundle id and environment.`;
  }
  if (/Environment/.test(reason)) {
    const names = [
      ['APNS_KEY', 'key'],
      ['APNS_ENVIRONMENTS', 'environments'],
    ] as const;
    return `Check ${named(names)}: Apple issued this key for another environment.`;
  }
  const names = [
    ['APNS_KEY', 'key'],
    ['APNS_KEY_ID', 'key_id'],
    ['APNS_TEAM_ID', 'team_id'],
  ] as const;
  return `Check ${named(names)}: the key id must be the one of this .p8 file (AuthKey_<key id>.p8), the team id the one of its Apple account, and the key not revoked.`;
}
