import { z } from 'zod';
import { choice } from '../leaves/choices';
import type { ApnsConfig } from './apns';
import { apnsSchema, toApnsConfig } from './apns';
import type { ProxyChoice } from './endpoint';
import type { FcmConfig } from './fcm';
import { fcmSchema, toFcmConfig } from './fcm';

/** The app that a device belongs to when its registration names none, and that the environment describes. */
export const DEFAULT_APP = 'default';

export interface AppConfig {
  readonly name: string;
  /** Where a payload has the relay's own fields: in one object `wukongim`, or at the top level. */
  readonly dataStyle: 'nested' | 'flat';
  readonly apns: ApnsConfig | null;
  readonly fcm: FcmConfig | null;
}

export const appSchema = z.strictObject({
  data_style: choice('nested', 'flat').default('nested'),
  apns: apnsSchema.nullable().default(null),
  fcm: fcmSchema.nullable().default(null),
});

export type AppSection = z.output<typeof appSchema>;

export function toAppConfig(
  name: string,
  section: AppSection,
  isSandbox: boolean,
  proxies: ProxyChoice,
): AppConfig {
  const apns = section.apns ?? (isSandbox ? apnsSchema.parse({}) : null);
  const fcm = section.fcm ?? (isSandbox ? fcmSchema.parse({}) : null);
  return {
    name,
    dataStyle: section.data_style,
    apns: apns === null ? null : toApnsConfig(apns, isSandbox, proxies),
    fcm: fcm === null ? null : toFcmConfig(fcm, isSandbox, proxies),
  };
}
