import { z } from 'zod';
import { providerTable, type ProviderLane } from '../../../domain/provider-table';
import { choice } from '../../leaves/choices';
import { httpsUrl } from '../../leaves/urls';
import { callbackUrl } from './callback-url';
import { defineMaker, type MissingPaperwork } from './maker';
import { category, channelId, consoleId, consoleSecret, clickTemplate, makerProxy } from './maker-keys';
import { templateId, templateVariables } from './template-keys';

const notifyLevels = { '1': 1, '2': 2, '16': 16 } as const;

/** open.oppomobile.com/new/developmentDoc/info?id=11235 */
const hosts: Readonly<Record<ProviderLane, string>> = {
  cn: 'https://api-push-cn.heytapmobi.com',
  intl: 'https://api-intl.push.oppomobile.com',
};

export type OppoConfig = ReturnType<typeof oppo.toConfig>;

export const oppo = defineMaker({
  name: 'oppo',
  schema: z.strictObject({
    app_key: consoleId(),
    master_secret: consoleSecret(),
    category: category().default('IM'),
    notify_level: choice('1', '2', '16').default('2'),
    channel_id: channelId(),
    template: z
      .strictObject({ id: templateId(), title: templateVariables(), body: templateVariables() })
      .nullable()
      .default(null),
    click: z
      .strictObject({
        type: choice('action', 'activity', 'url', 'intent'),
        value: clickTemplate(/^[a-z]/i, 'what is opened')
          .unwrap()
          .unwrap(),
      })
      .nullable()
      .default(null),
    callback_url: callbackUrl(200),
    url: httpsUrl().nullable().default(null),
    proxy: makerProxy(),
  }),
  credential: { appKey: 'app_key', masterSecret: 'master_secret' },
  missing: ({ category: granted, channel_id: channel, template }) => {
    const missing: MissingPaperwork[] = [];
    if (granted === null && channel === null)
      missing.push({
        key: 'category',
        message:
          'without a category or a channel OPPO counts messages as marketing: 2 per device and day, without sound. Apply for the category IM (OPPO open platform, Push, by mail) and set it',
      });
    if (granted !== null && channel !== null)
      missing.push({
        key: 'channel_id',
        message:
          'OPPO takes a category or a channel, never both: the channel is not sent. Remove it, or set category: none',
      });
    if (template === null)
      missing.push({
        key: 'template',
        message:
          'category IM needs an approved template: OPPO refuses other texts with code 54 from apps that it has switched over. Apply for one (OPPO open platform, Push, Message templates) and set template',
      });
    return missing;
  },
  /** Of mainland China, where OPPO's phones are by default. */
  urls: ({ url }) => [url ?? hosts['cn'] ?? ''],
  toSettings: (section, endpoint) => ({
    category: section.category,
    notifyLevel: notifyLevels[section.notify_level],
    channelId: section.channel_id,
    template: section.template,
    click: section.click,
    callbackUrl: section.callback_url,
    apis: new Map(providerTable.oppo.lanes.map((lane) => [lane, endpoint(section.url ?? hosts[lane] ?? '')])),
  }),
});
