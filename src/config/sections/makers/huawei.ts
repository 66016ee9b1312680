import { z } from 'zod';
import { providerTable, type ProviderLane } from '../../../domain/provider-table';
import { flag } from '../../leaves/choices';
import type { Secret } from '../../secret';
import type { Endpoint, ProxyChoice } from '../endpoint';
import {
  activity,
  category,
  channelId,
  clickTemplate,
  consoleId,
  consoleSecret,
  makerProxy,
  makerUrl,
  missingForHuawei,
  receiptSchema,
  toEndpoint,
  type Maker,
  type MissingPaperwork,
  type ReceiptConfig,
} from './maker-keys';

export interface HuaweiConfig {
  readonly lanes: readonly ProviderLane[];
  readonly missing: readonly MissingPaperwork[];
  /** Null: the built-in sandbox's, whose are the endpoints too. */
  readonly credential: { readonly appId: string; readonly appSecret: Secret } | null;
  readonly category: string | null;
  readonly channelId: string | null;
  readonly callChannelId: string | null;
  readonly callRight: boolean;
  readonly clickIntent: string | null;
  readonly badgeClass: string | null;
  readonly receipt: ReceiptConfig;
  readonly api: Endpoint;
  readonly auth: Endpoint;
}

export const huaweiSchema = z.strictObject({
  app_id: consoleId(),
  app_secret: consoleSecret(),
  category: category().default('IM'),
  channel_id: channelId(),
  call_channel_id: channelId(),
  call_right: flag().default(false),
  click_intent: clickTemplate(/^intent:/, 'intent:'),
  badge_class: activity(),
  receipt: receiptSchema,
  url: makerUrl('https://push-api.cloud.huawei.com'),
  auth_url: makerUrl('https://oauth-login.cloud.huawei.com'),
  proxy: makerProxy(),
});

export type HuaweiSection = z.output<typeof huaweiSchema>;

export const huawei: Maker<HuaweiSection> = {
  name: 'huawei',
  credential: ['app_id', 'app_secret'],
  together: [['receipt.user', 'receipt.key']],
  missing: missingForHuawei,
  urls: ({ url, auth_url: authUrl }) => [url, authUrl],
};

export function toHuaweiConfig(
  section: HuaweiSection,
  isSandbox: boolean,
  proxies: ProxyChoice,
): HuaweiConfig {
  const { app_id: appId, app_secret: appSecret } = section;
  return {
    lanes: providerTable.huawei.lanes,
    missing: isSandbox ? [] : missingForHuawei(section),
    credential: isSandbox || appId === null || appSecret === null ? null : { appId, appSecret },
    category: section.category,
    channelId: section.channel_id,
    callChannelId: section.call_channel_id,
    callRight: section.call_right,
    clickIntent: section.click_intent,
    badgeClass: section.badge_class,
    receipt: section.receipt,
    api: toEndpoint(section.url, section.proxy, proxies),
    auth: toEndpoint(section.auth_url, section.proxy, proxies),
  };
}
