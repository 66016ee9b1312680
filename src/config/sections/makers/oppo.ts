import { z } from 'zod';
import { providerTable, type ProviderLane } from '../../../domain/provider-table';
import { choice } from '../../leaves/choices';
import { httpsUrl } from '../../leaves/urls';
import type { Secret } from '../../secret';
import type { Endpoint, ProxyChoice } from '../endpoint';
import { callbackUrl } from './callback-url';
import {
  category,
  channelId,
  consoleId,
  consoleSecret,
  clickTemplate,
  makerProxy,
  toEndpoint,
  type Maker,
  type MissingPaperwork,
} from './maker-keys';
import { templateId, templateVariables, type TemplateVariables } from './template-keys';

const clickTypes = ['action', 'activity', 'url', 'intent'] as const;

export interface OppoConfig {
  readonly lanes: readonly ProviderLane[];
  readonly missing: readonly MissingPaperwork[];
  /** Null: the built-in sandbox's, whose is the endpoint too. */
  readonly credential: { readonly appKey: string; readonly masterSecret: Secret } | null;
  readonly category: string | null;
  readonly notifyLevel: 1 | 2 | 16;
  readonly channelId: string | null;
  readonly template: {
    readonly id: string;
    readonly title: TemplateVariables;
    readonly body: TemplateVariables;
  } | null;
  readonly click: { readonly type: (typeof clickTypes)[number]; readonly value: string } | null;
  readonly callbackUrl: Secret | null;
  readonly apis: ReadonlyMap<ProviderLane, Endpoint>;
}

/** open.oppomobile.com/new/developmentDoc/info?id=11235 */
const hosts: Readonly<Record<ProviderLane, string>> = {
  cn: 'https://api-push-cn.heytapmobi.com',
  intl: 'https://api-intl.push.oppomobile.com',
};

export const oppoSchema = z.strictObject({
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
      type: choice(...clickTypes),
      value: clickTemplate(/^[a-z]/i, 'what is opened')
        .unwrap()
        .unwrap(),
    })
    .nullable()
    .default(null),
  callback_url: callbackUrl(200),
  url: httpsUrl().nullable().default(null),
  proxy: makerProxy(),
});

export type OppoSection = z.output<typeof oppoSchema>;

export const oppo: Maker<OppoSection> = {
  name: 'oppo',
  credential: ['app_key', 'master_secret'],
  missing: missingForOppo,
  urls: oppoUrls,
};

export function toOppoConfig(section: OppoSection, isSandbox: boolean, proxies: ProxyChoice): OppoConfig {
  const { app_key: appKey, master_secret: masterSecret, notify_level: level } = section;
  const { lanes } = providerTable.oppo;
  return {
    lanes,
    missing: isSandbox ? [] : missingForOppo(section),
    credential: isSandbox || appKey === null || masterSecret === null ? null : { appKey, masterSecret },
    category: section.category,
    notifyLevel: level === '16' ? 16 : level === '1' ? 1 : 2,
    channelId: section.channel_id,
    template: section.template,
    click: section.click,
    callbackUrl: section.callback_url,
    apis: new Map(
      lanes.map((lane) => [lane, toEndpoint(section.url ?? hosts[lane] ?? '', section.proxy, proxies)]),
    ),
  };
}

/** Of mainland China, where OPPO's phones are by default. */
function oppoUrls({ url }: OppoSection): readonly string[] {
  return [url ?? hosts['cn'] ?? ''];
}

function missingForOppo({
  category: granted,
  channel_id: channel,
  template,
}: OppoSection): MissingPaperwork[] {
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
}
