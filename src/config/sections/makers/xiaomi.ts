import { z } from 'zod';
import type { ProviderLane } from '../../../domain/provider-table';
import { choice } from '../../leaves/choices';
import { text } from '../../leaves/texts';
import { httpsUrl } from '../../leaves/urls';
import type { Endpoint } from '../endpoint';
import { callbackUrl } from './callback-url';
import { defineMaker, type MissingPaperwork } from './maker';
import { channelId, clickTemplate, consoleSecret, makerProxy } from './maker-keys';
import { templateId, templateVariables, type TemplateVariables } from './template-keys';

interface XiaomiTemplate {
  readonly id: string;
  readonly variables: TemplateVariables;
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

function template() {
  return z.strictObject({ id: templateId(), params: templateVariables() }).nullable().default(null);
}

export type XiaomiConfig = ReturnType<typeof xiaomi.toConfig>;

export const xiaomi = defineMaker({
  name: 'xiaomi',
  schema: z.strictObject({
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
  }),
  credential: { appSecret: 'app_secret', packageName: 'package_name' },
  missing: ({ channel_id: channel, templates }) => {
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
  },
  /** The addresses that devices of the section's region are reached at. */
  urls: ({ url, region }) => [url ?? hosts[region]],
  toSettings: (section, endpoint) => ({
    /** The first is that of devices whose registration names none. */
    lanes: [section.region, ...regions.filter((lane) => lane !== section.region)] as readonly ProviderLane[],
    channelId: section.channel_id,
    callChannelId: section.call_channel_id,
    templates: {
      direct: toTemplate(section.templates.direct),
      group: toTemplate(section.templates.group),
      mention: toTemplate(section.templates.mention),
      call: toTemplate(section.templates.call),
    },
    intentUri: section.intent_uri,
    callbackUrl: section.callback_url,
    apis: new Map<ProviderLane, Endpoint>(
      regions.map((lane) => [lane, endpoint(section.url ?? hosts[lane])]),
    ),
  }),
});

function toTemplate(section: z.output<ReturnType<typeof template>>): XiaomiTemplate | null {
  return section === null ? null : { id: section.id, variables: section.params };
}
