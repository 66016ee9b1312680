/*
 * Open this file first: it is a section that holds others: an app, with `apns.ts`, `fcm.ts` and those of `makers/`,
 * whose addresses `endpoint.ts` reads. Each other file is one section of the configuration file: the schema of its keys, and the
 * conversion of what the operator wrote into what the program uses. `provider-keys.ts` repeats a key for each provider, and
 * `called/` has the services that are asked about each message.
 */

import { z } from 'zod';
import type { Preview } from '../../domain/device';
import type { PerProvider, ProviderLane } from '../../domain/provider-table';
import { choice } from '../leaves/choices';
import { checkedText, languageTag, timeZone } from '../leaves/texts';
import type { ApnsConfig } from './apns';
import { apnsSchema, toApnsConfig } from './apns';
import type { ProxyChoice } from './endpoint';
import type { FcmConfig } from './fcm';
import { fcmSchema, toFcmConfig } from './fcm';
import type { HarmonyConfig } from './makers/harmony';
import { harmonySchema, toHarmonyConfig } from './makers/harmony';
import type { HuaweiConfig } from './makers/huawei';
import { huaweiSchema, toHuaweiConfig } from './makers/huawei';
import type { VivoConfig } from './makers/vivo';
import { vivoSchema, toVivoConfig } from './makers/vivo';
import type { HonorConfig } from './makers/honor';
import { honorSchema, toHonorConfig } from './makers/honor';
import type { MeizuConfig } from './makers/meizu';
import { meizuSchema, toMeizuConfig } from './makers/meizu';
import type { OppoConfig } from './makers/oppo';
import { oppoSchema, toOppoConfig } from './makers/oppo';
import type { XiaomiConfig } from './makers/xiaomi';
import { toXiaomiConfig, xiaomiSchema } from './makers/xiaomi';
import type { MissingPaperwork } from './makers/maker-keys';
import type { WebPushConfig } from './makers/webpush';
import { toWebPushConfig, webPushSchema } from './makers/webpush';

/** The app that a device belongs to when its registration names none, and that the environment describes. */
export const defaultApp = 'default';

/** A provider's section; null: the app does not have it. */
export type ProviderConfig = {
  readonly lanes: readonly ProviderLane[];
  readonly missing?: readonly MissingPaperwork[];
} | null;

export interface AppConfig extends PerProvider<ProviderConfig> {
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
  readonly apns: ApnsConfig | null;
  readonly fcm: FcmConfig | null;
  readonly huawei: HuaweiConfig | null;
  readonly vivo: VivoConfig | null;
  readonly honor: HonorConfig | null;
  readonly meizu: MeizuConfig | null;
  readonly oppo: OppoConfig | null;
  readonly xiaomi: XiaomiConfig | null;
  readonly harmony: HarmonyConfig | null;
  readonly webpush: WebPushConfig | null;
}

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
  apns: apnsSchema.nullable().default(null),
  fcm: fcmSchema.nullable().default(null),
  huawei: huaweiSchema.nullable().default(null),
  vivo: vivoSchema.nullable().default(null),
  honor: honorSchema.nullable().default(null),
  meizu: meizuSchema.nullable().default(null),
  oppo: oppoSchema.nullable().default(null),
  xiaomi: xiaomiSchema.nullable().default(null),
  harmony: harmonySchema.nullable().default(null),
  webpush: webPushSchema.nullable().default(null),
});

export type AppSection = z.output<typeof appSchema>;

export function toAppConfig(
  name: string,
  section: AppSection,
  isSandbox: boolean,
  proxies: ProxyChoice,
): AppConfig {
  const apns = section.apns ?? (isSandbox ? apnsSchema.parse({}) : null);
  const webpush = section.webpush ?? (isSandbox ? webPushSchema.parse({}) : null);
  const fcm = section.fcm ?? (isSandbox ? fcmSchema.parse({}) : null);
  const harmony = section.harmony ?? (isSandbox ? harmonySchema.parse({}) : null);
  const huawei = section.huawei ?? (isSandbox ? huaweiSchema.parse({}) : null);
  const vivo = section.vivo ?? (isSandbox ? vivoSchema.parse({}) : null);
  const honor = section.honor ?? (isSandbox ? honorSchema.parse({}) : null);
  const meizu = section.meizu ?? (isSandbox ? meizuSchema.parse({}) : null);
  const oppo = section.oppo ?? (isSandbox ? oppoSchema.parse({}) : null);
  const xiaomi = section.xiaomi ?? (isSandbox ? xiaomiSchema.parse({}) : null);
  return {
    name,
    dataStyle: section.data_style,
    displayName: section.display_name,
    defaultLocale: section.default_locale,
    defaultTimezone: section.default_timezone,
    preview: section.preview,
    apns: apns === null ? null : toApnsConfig(apns, isSandbox, proxies),
    fcm: fcm === null ? null : toFcmConfig(fcm, isSandbox, proxies),
    harmony: harmony === null ? null : toHarmonyConfig(harmony, isSandbox, proxies),
    huawei: huawei === null ? null : toHuaweiConfig(huawei, isSandbox, proxies),
    vivo: vivo === null ? null : toVivoConfig(vivo, isSandbox, proxies),
    honor: honor === null ? null : toHonorConfig(honor, isSandbox, proxies),
    meizu: meizu === null ? null : toMeizuConfig(meizu, isSandbox, proxies),
    oppo: oppo === null ? null : toOppoConfig(oppo, isSandbox, proxies),
    xiaomi: xiaomi === null ? null : toXiaomiConfig(xiaomi, isSandbox, proxies),
    webpush: webpush === null ? null : toWebPushConfig(webpush, isSandbox, proxies),
  };
}
