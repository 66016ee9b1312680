import { z } from 'zod';
import { providerTable, type ProviderLane } from '../../../domain/provider-table';
import { choice } from '../../leaves/choices';
import { text } from '../../leaves/texts';
import { httpsUrl } from '../../leaves/urls';
import type { Secret } from '../../secret';
import type { Endpoint, ProxyChoice } from '../endpoint';
import { callbackUrl } from './callback-url';
import {
  channelId,
  clickTemplate,
  consoleSecret,
  makerProxy,
  toEndpoint,
  type Maker,
  type MissingPaperwork,
} from './maker-keys';
import { templateId, templateVariables, type TemplateVariables } from './template-keys';

interface XiaomiTemplate {
  readonly id: string;
  readonly variables: TemplateVariables;
}

export interface XiaomiConfig {
  /** The first is that of devices whose registration names none. */
  readonly lanes: readonly ProviderLane[];
  readonly missing: readonly MissingPaperwork[];
  /** Null: the built-in sandbox's, whose is the endpoint too. */
  readonly credential: { readonly appSecret: Secret; readonly packageName: string } | null;
  readonly channelId: string | null;
  readonly callChannelId: string | null;
  readonly templates: Readonly<Record<TemplateKind, XiaomiTemplate | null>>;
  readonly intentUri: string | null;
  readonly callbackUrl: Secret | null;
  readonly apis: ReadonlyMap<ProviderLane, Endpoint>;
}

const regions = ['cn', 'ru', 'in', 'eu', 'sg'] as const;

/** dev.mi.com/xiaomihyperos/documentation/detail?pId=1696 */
const hosts: Readonly<Record<(typeof regions)[number], string>> = {
  cn: 'https://api.xmpush.xiaomi.com',
  ru: 'https://ru-api.xmpush.global.xiaomi.com',
  in: 'https://idmb-api.xmpush.global.xiaomi.com',
  eu: 'https://fr-api.xmpush.global.xiaomi.com',
  sg: 'https://sgp-api.xmpush.global.xiaomi.com',
};

type TemplateKind = 'direct' | 'group' | 'mention' | 'call';

function template() {
  return z.strictObject({ id: templateId(), params: templateVariables() }).nullable().default(null);
}

export const xiaomiSchema = z.strictObject({
  app_secret: consoleSecret(),
  package_name: text('the package of the Android app, like com.example.chat', /^\w+(\.\w+)+$/)
    .nullable()
    .default(null),
  region: choice(...regions).default('cn'),
  channel_id: channelId(),
  call_channel_id: channelId(),
  templates: z
    .strictObject({ direct: template(), group: template(), mention: template(), call: template() })
    .prefault({}),
  intent_uri: clickTemplate(/^intent:/, 'intent:'),
  callback_url: callbackUrl(256),
  url: httpsUrl().nullable().default(null),
  proxy: makerProxy(),
});

export type XiaomiSection = z.output<typeof xiaomiSchema>;

export const xiaomi: Maker<XiaomiSection> = {
  name: 'xiaomi',
  credential: ['app_secret', 'package_name'],
  missing: missingForXiaomi,
  urls: xiaomiUrls,
};

export function toXiaomiConfig(
  section: XiaomiSection,
  isSandbox: boolean,
  proxies: ProxyChoice,
): XiaomiConfig {
  const { app_secret: appSecret, package_name: packageName, region, templates } = section;
  const lanes = [region, ...providerTable.xiaomi.lanes.filter((lane) => lane !== region)];
  const hasCredential = !isSandbox && appSecret !== null && packageName !== null;
  return {
    lanes,
    missing: isSandbox ? [] : missingForXiaomi(section),
    credential: hasCredential ? { appSecret, packageName } : null,
    channelId: section.channel_id,
    callChannelId: section.call_channel_id,
    templates: {
      direct: toTemplate(templates.direct),
      group: toTemplate(templates.group),
      mention: toTemplate(templates.mention),
      call: toTemplate(templates.call),
    },
    intentUri: section.intent_uri,
    callbackUrl: section.callback_url,
    apis: new Map(
      regions.map((lane) => [lane, toEndpoint(section.url ?? hosts[lane], section.proxy, proxies)]),
    ),
  };
}

function toTemplate(section: XiaomiSection['templates'][TemplateKind]): XiaomiTemplate | null {
  return section === null ? null : { id: section.id, variables: section.params };
}

/** The addresses that devices of the section's region are reached at. */
function xiaomiUrls({ url, region }: XiaomiSection): readonly string[] {
  return [url ?? hosts[region]];
}

function missingForXiaomi({ channel_id: channel, templates }: XiaomiSection): MissingPaperwork[] {
  const missing: MissingPaperwork[] = [];
  if (channel === null)
    missing.push({
      key: 'channel_id',
      message:
        'without a channel Xiaomi shows one message per device and day, or none. Apply for a private channel for chat messages (Xiaomi developer console, Push, Channels) and set its id',
    });
  // What has no template of its own takes this one.
  if (templates.direct === null)
    missing.push({
      key: 'templates',
      message:
        'a private channel needs a template, for new apps since 2026-07-01 and for every app from 2026-12-31: without one, messages count as public and end at a few per device and day. Set templates.direct and templates.group (Xiaomi has approved ones for chats)',
    });
  return missing;
}
