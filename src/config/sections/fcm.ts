import { z } from 'zod';
import type { NotificationCategory } from '../../domain/notification';
import { providerTable, type ProviderLane } from '../../domain/provider-table';
import { key } from '../key';
import { choice } from '../leaves/choices';
import { jsonCredential } from '../leaves/secrets';
import { text } from '../leaves/texts';
import { httpsUrl } from '../leaves/urls';
import type { Secret } from '../secret';
import type { ServiceAccount } from '../credentials/service-account';
import { readServiceAccount } from '../credentials/service-account';
import type { Endpoint, ProxyChoice } from './endpoint';
import { proxyUrl } from './endpoint';

export type FcmCredential =
  | ({ readonly kind: 'service_account'; readonly tokenProxyUrl: Secret | null } & ServiceAccount)
  /** Application default or workload credentials, found by Google's library; it reads its own environment variables. */
  | { readonly kind: 'application_default' }
  /** The built-in sandbox hands one out at start; the endpoint's URL is its too. */
  | { readonly kind: 'sandbox' };

export interface FcmConfig {
  readonly lanes: readonly ProviderLane[];
  readonly credential: FcmCredential;
  /** Null: application default credentials know it. */
  readonly projectId: string | null;
  readonly endpoint: Endpoint;
  readonly androidMode: 'notification' | 'data';
  /** Android notification channel; null: the app's default. */
  readonly androidChannelId: string | null;
  /** By category, before the one above. */
  readonly androidChannelIds: Readonly<Record<NotificationCategory, string | null>>;
}

function androidChannelId() {
  return text('a text of 1 to 256 bytes of UTF-8', {
    test: (value) => Buffer.byteLength(value) <= 256 && /^[^\p{Cc}]+$/u.test(value),
  })
    .nullable()
    .default(null);
}

/** The address of a single call is what the documents show, of both APIs. */
function notTheCall({ pathname }: URL): string | null {
  if (/\/fcm\/send\/*$/.test(pathname)) return 'this is the legacy API, which Google has switched off';
  return /\/v1(\/projects(\/.*)?)?\/*$/.test(pathname) ? 'the relay adds /v1/projects itself' : null;
}

export const fcmSchema = z.strictObject({
  service_account: key(jsonCredential(readServiceAccount).nullable().default(null), {
    env: 'FCM_SERVICE_ACCOUNT',
    secret: true,
  }),
  project_id: key(
    text('a Firebase project id', /^[a-z0-9][a-z0-9:.-]{2,60}$/)
      .nullable()
      .default(null),
    { env: 'FCM_PROJECT_ID' },
  ),
  url: key(httpsUrl(notTheCall).default('https://fcm.googleapis.com'), { env: 'FCM_URL' }),
  proxy: key(proxyUrl().nullable().default(null), { secret: true }),
  android_mode: choice('notification', 'data').default('notification'),
  android_channel_id: androidChannelId(),
  android_channel_ids: z
    .strictObject({ message: androidChannelId(), mention: androidChannelId(), call: androidChannelId() })
    .prefault({}),
});

export type FcmSection = z.output<typeof fcmSchema>;

export function toFcmConfig(section: FcmSection, isSandbox: boolean, proxies: ProxyChoice): FcmConfig {
  return {
    lanes: providerTable.fcm.lanes,
    credential: toFcmCredential(section, isSandbox, proxies),
    projectId:
      section.project_id ?? section.service_account?.projectId ?? (isSandbox ? 'sandbox-project' : null),
    endpoint: { url: section.url, proxyUrl: proxies.forUrl(section.url, section.proxy) },
    androidMode: section.android_mode,
    androidChannelId: section.android_channel_id,
    androidChannelIds: section.android_channel_ids,
  };
}

function toFcmCredential(section: FcmSection, isSandbox: boolean, proxies: ProxyChoice): FcmCredential {
  if (isSandbox) return { kind: 'sandbox' };
  const account = section.service_account;
  if (account === null) return { kind: 'application_default' };
  return {
    kind: 'service_account',
    ...account,
    tokenProxyUrl: proxies.forUrl(account.tokenUri, section.proxy),
  };
}
