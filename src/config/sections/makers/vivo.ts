import { z } from 'zod';
import { providerTable, type ProviderLane } from '../../../domain/provider-table';
import { flag } from '../../leaves/choices';
import { text } from '../../leaves/texts';
import type { Secret } from '../../secret';
import type { Endpoint, ProxyChoice } from '../endpoint';
import {
  category,
  clickTemplate,
  consoleId,
  consoleSecret,
  makerProxy,
  makerUrl,
  toEndpoint,
  type Maker,
  type MissingPaperwork,
} from './maker-keys';

export interface VivoConfig {
  readonly lanes: readonly ProviderLane[];
  readonly missing: readonly MissingPaperwork[];
  /** Null: the built-in sandbox's, whose is the endpoint too. */
  readonly credential: {
    readonly appId: number;
    readonly appKey: string;
    readonly appSecret: Secret;
  } | null;
  readonly category: string | null;
  readonly skipContent: string | null;
  readonly testMode: boolean;
  readonly api: Endpoint;
}

export const vivoSchema = z.strictObject({
  app_id: text('a number, as the console shows it', /^[1-9]\d{0,14}$/)
    .nullable()
    .default(null),
  app_key: consoleId(),
  app_secret: consoleSecret(),
  category: category().default('IM'),
  skip_content: clickTemplate(/^intent:/, 'intent:'),
  test_mode: flag().default(false),
  url: makerUrl('https://api-push.vivo.com.cn'),
  proxy: makerProxy(),
});

export type VivoSection = z.output<typeof vivoSchema>;

export const vivo: Maker<VivoSection> = {
  name: 'vivo',
  credential: ['app_id', 'app_key', 'app_secret'],
  missing: missingForVivo,
  urls: ({ url }) => [url],
};

export function toVivoConfig(section: VivoSection, isSandbox: boolean, proxies: ProxyChoice): VivoConfig {
  const { app_id: appId, app_key: appKey, app_secret: appSecret } = section;
  const hasCredential = !isSandbox && appId !== null && appKey !== null && appSecret !== null;
  return {
    lanes: providerTable.vivo.lanes,
    missing: isSandbox ? [] : missingForVivo(section),
    credential: hasCredential ? { appId: Number(appId), appKey, appSecret } : null,
    category: section.category,
    skipContent: section.skip_content,
    testMode: section.test_mode,
    api: toEndpoint(section.url, section.proxy, proxies),
  };
}

function missingForVivo(section: VivoSection): MissingPaperwork[] {
  const missing: MissingPaperwork[] = [];
  if (section.category === null)
    missing.push({
      key: 'category',
      message:
        'without a category vivo counts messages as marketing: from 7 to 23 h only, and 5 per device and day. Set IM, for which the app has to be in vivo’s store',
    });
  if (section.test_mode)
    missing.push({
      key: 'test_mode',
      message:
        'vivo delivers to the test users of its console only. Remove it once vivo has approved the app',
    });
  return missing;
}
