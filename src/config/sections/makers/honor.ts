import { z } from 'zod';
import { providerTable, type ProviderLane } from '../../../domain/provider-table';
import { choice } from '../../leaves/choices';
import type { Secret } from '../../secret';
import type { Endpoint, ProxyChoice } from '../endpoint';
import {
  activity,
  clickTemplate,
  consoleId,
  consoleSecret,
  makerProxy,
  makerUrl,
  toEndpoint,
  type Maker,
  type MissingPaperwork,
} from './maker-keys';

export interface HonorConfig {
  readonly lanes: readonly ProviderLane[];
  readonly missing: readonly MissingPaperwork[];
  /** Null: the built-in sandbox's, whose are the endpoints too. */
  readonly credential: {
    readonly appId: string;
    readonly clientId: string;
    readonly clientSecret: Secret;
  } | null;
  readonly importance: 'NORMAL' | 'LOW';
  readonly clickIntent: string | null;
  readonly badgeClass: string | null;
  readonly api: Endpoint;
  readonly auth: Endpoint;
}

export const honorSchema = z.strictObject({
  app_id: consoleId(),
  client_id: consoleId(),
  client_secret: consoleSecret(),
  importance: choice('normal', 'low').default('normal'),
  click_intent: clickTemplate(/^intent:/, 'intent:'),
  badge_class: activity(),
  url: makerUrl('https://push-api.cloud.honor.com'),
  auth_url: makerUrl('https://iam.developer.honor.com'),
  proxy: makerProxy(),
});

export type HonorSection = z.output<typeof honorSchema>;

export const honor: Maker<HonorSection> = {
  name: 'honor',
  credential: ['app_id', 'client_id', 'client_secret'],
  missing: missingForHonor,
  urls: ({ url, auth_url: authUrl }) => [url, authUrl],
};

export function toHonorConfig(section: HonorSection, isSandbox: boolean, proxies: ProxyChoice): HonorConfig {
  const { app_id: appId, client_id: clientId, client_secret: clientSecret } = section;
  const hasCredential = !isSandbox && appId !== null && clientId !== null && clientSecret !== null;
  return {
    lanes: providerTable.honor.lanes,
    missing: isSandbox ? [] : missingForHonor(section),
    credential: hasCredential ? { appId, clientId, clientSecret } : null,
    importance: section.importance === 'low' ? 'LOW' : 'NORMAL',
    clickIntent: section.click_intent,
    badgeClass: section.badge_class,
    api: toEndpoint(section.url, section.proxy, proxies),
    auth: toEndpoint(section.auth_url, section.proxy, proxies),
  };
}

function missingForHonor({ importance }: HonorSection): MissingPaperwork[] {
  if (importance === 'normal') return [];
  return [
    {
      key: 'importance',
      message:
        'Honor counts messages of importance LOW as marketing: no sound, and 2 per device and day. Apply for service and communication (Honor developer console, Push) and set NORMAL',
    },
  ];
}
