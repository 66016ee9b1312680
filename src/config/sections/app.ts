/*
 * Open this file first: it is a section that holds others: an app, with `apns.ts`, `fcm.ts` and those of `makers/`,
 * whose addresses `endpoint.ts` reads. Each other file is one section of the configuration file: the schema of its keys, and the
 * conversion of what the operator wrote into what the program uses. `provider-keys.ts` repeats a key for each provider, and
 * `called/` has the services that are asked about each message.
 */

import { z } from 'zod';
import type { Preview } from '../../domain/device';
import type { ProviderLane, ProviderName } from '../../domain/provider-table';
import { choice } from '../leaves/choices';
import { checkedText, languageTag, timeZone } from '../leaves/texts';
import { apnsSchema, toApnsConfig } from './apns';
import type { ProxyChoice } from './endpoint';
import { fcmSchema, toFcmConfig } from './fcm';
import type { MissingPaperwork } from './makers/maker';
import { makers } from './makers/makers';
import { toWebPushConfig, webPushSchema } from './makers/webpush';

/** Of each provider: its keys, and what the program makes of them; null where there is no whole credential. */
const sections = {
  apns: { schema: apnsSchema, toConfig: toApnsConfig },
  fcm: { schema: fcmSchema, toConfig: toFcmConfig },
  ...makers,
  webpush: { schema: webPushSchema, toConfig: toWebPushConfig },
};

type Sections = typeof sections;

/** The app that a device belongs to when its registration names none, and that the environment describes. */
export const defaultApp = 'default';

/** A provider's section; null: the app does not have it. */
export type ProviderConfig = {
  readonly lanes: readonly ProviderLane[];
  readonly missing?: readonly MissingPaperwork[];
} | null;

interface ProviderSection {
  readonly schema: z.ZodType;
  toConfig(section: unknown, isSandbox: boolean, proxies: ProxyChoice): ProviderConfig;
}

type ProviderConfigs = {
  readonly [Name in ProviderName]: ReturnType<Sections[Name]['toConfig']> | null;
};

export interface AppConfig extends ProviderConfigs {
  readonly name: string;
  /** Where a payload has the relay's own fields: in one object `wukongim`, or at the top level. */
  readonly dataStyle: 'nested' | 'flat';
  /** The title of a notification that names nobody; null: none, and the phone shows what it calls the app. */
  readonly displayName: string | null;
  /** BCP 47; null: that of all apps. */
  readonly defaultLocale: string | null;
  /** IANA name; null: that of all apps. */
  readonly defaultTimezone: string | null;
  /** Null: that of all apps. */
  readonly preview: Preview | null;
}

const providerSchemas = Object.fromEntries(
  Object.entries<ProviderSection>(sections).map(([name, { schema }]) => [
    name,
    schema.nullable().default(null),
  ]),
) as { [Name in ProviderName]: z.ZodDefault<z.ZodNullable<Sections[Name]['schema']>> };

export const appSchema = z.strictObject({
  data_style: choice('nested', 'flat').default('nested'),
  // An emoji is a name as well.
  display_name: checkedText('a name of at most 80 characters, on one line', (value) =>
    /^[^\p{C}]{1,80}$/u.test(value) ? value : null,
  )
    .nullable()
    .default(null),
  default_locale: languageTag().nullable().default(null),
  default_timezone: timeZone().nullable().default(null),
  preview: choice('full', 'sender', 'none').nullable().default(null),
  ...providerSchemas,
});

export type AppSection = z.output<typeof appSchema>;

export function toAppConfig(
  name: string,
  section: AppSection,
  isSandbox: boolean,
  proxies: ProxyChoice,
): AppConfig {
  return {
    name,
    dataStyle: section.data_style,
    displayName: section.display_name,
    defaultLocale: section.default_locale,
    defaultTimezone: section.default_timezone,
    preview: section.preview,
    ...toProviderConfigs(section, isSandbox, proxies),
  };
}

/** The sandbox has all providers, with what the configuration says of each. */
function toProviderConfigs(app: AppSection, isSandbox: boolean, proxies: ProxyChoice): ProviderConfigs {
  const configs = Object.entries<ProviderSection>(sections).map(([name, provider]) => {
    const section = app[name as ProviderName] ?? (isSandbox ? provider.schema.parse({}) : null);
    return [name, section === null ? null : provider.toConfig(section, isSandbox, proxies)];
  });
  return Object.fromEntries(configs) as ProviderConfigs;
}
