import { z } from 'zod';
import { providerTable, type ProviderLane } from '../../../domain/provider-table';
import type { Secret } from '../../secret';
import type { Endpoint, ProxyChoice } from '../endpoint';
import {
  activity,
  consoleId,
  consoleSecret,
  makerProxy,
  makerUrl,
  toEndpoint,
  type Maker,
} from './maker-keys';

export interface MeizuConfig {
  readonly lanes: readonly ProviderLane[];
  /** Null: the built-in sandbox's, whose is the endpoint too. */
  readonly credential: { readonly appId: string; readonly appSecret: Secret } | null;
  readonly activity: string | null;
  readonly api: Endpoint;
}

export const meizuSchema = z.strictObject({
  app_id: consoleId(),
  app_secret: consoleSecret(),
  activity: activity(),
  url: makerUrl('https://server-api-push.meizu.com'),
  proxy: makerProxy(),
});

export type MeizuSection = z.output<typeof meizuSchema>;

export const meizu: Maker<MeizuSection> = {
  name: 'meizu',
  credential: ['app_id', 'app_secret'],
  missing: () => [],
  urls: ({ url }) => [url],
};

export function toMeizuConfig(section: MeizuSection, isSandbox: boolean, proxies: ProxyChoice): MeizuConfig {
  const { app_id: appId, app_secret: appSecret } = section;
  return {
    lanes: providerTable.meizu.lanes,
    credential: isSandbox || appId === null || appSecret === null ? null : { appId, appSecret },
    activity: section.activity,
    api: toEndpoint(section.url, section.proxy, proxies),
  };
}
