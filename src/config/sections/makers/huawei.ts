import { z } from 'zod';
import { flag } from '../../leaves/choices';
import { defineMaker } from './maker';
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
} from './maker-keys';

export type HuaweiConfig = ReturnType<typeof huawei.toConfig>;

export const huawei = defineMaker({
  name: 'huawei',
  schema: z.strictObject({
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
  }),
  credential: { appId: 'app_id', appSecret: 'app_secret' },
  together: [['receipt.user', 'receipt.key']],
  missing: missingForHuawei,
  urls: ({ url, auth_url: authUrl }) => [url, authUrl],
  toSettings: (section, endpoint) => ({
    category: section.category,
    channelId: section.channel_id,
    callChannelId: section.call_channel_id,
    callRight: section.call_right,
    clickIntent: section.click_intent,
    badgeClass: section.badge_class,
    receipt: section.receipt,
    api: endpoint(section.url),
    auth: endpoint(section.auth_url),
  }),
});
