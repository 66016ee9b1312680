import { isTree } from '../read/input';
import type { ProviderRules } from './provider-rules';

/** Without a key in the section, Google's library finds the credential. */
export const fcmRules: ProviderRules = {
  hasCredential: (input, app) =>
    isTree(input.get(['apps', app, 'fcm'])) || input.has(['apps', app, 'fcm', 'service_account']),
  hasHalfCredential: () => false,
  check: () => ({ problems: [], warnings: [] }),
  urls: ({ fcm }) => {
    if (fcm === null || fcm.proxy !== null) return [];
    return fcm.service_account === null ? [fcm.url] : [fcm.url, fcm.service_account.tokenUri];
  },
};
