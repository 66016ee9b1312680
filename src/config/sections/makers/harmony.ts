import { z } from 'zod';
import { providerTable, type ProviderLane } from '../../../domain/provider-table';
import { readHarmonyAccount, type HarmonyAccount } from '../../credentials/harmony-account';
import { key } from '../../key';
import { flag } from '../../leaves/choices';
import { jsonCredential } from '../../leaves/secrets';
import type { Endpoint, ProxyChoice } from '../endpoint';
import {
  category,
  consoleId,
  makerProxy,
  makerUrl,
  missingForHuawei,
  receiptSchema,
  toEndpoint,
  type Maker,
  type MissingPaperwork,
  type ReceiptConfig,
} from './maker-keys';

export interface HarmonyConfig {
  readonly lanes: readonly ProviderLane[];
  readonly missing: readonly MissingPaperwork[];
  /** Null: the built-in sandbox's, whose is the endpoint too. */
  readonly account: HarmonyAccount | null;
  readonly clientId: string | null;
  readonly category: string | null;
  readonly callRight: boolean;
  readonly receipt: ReceiptConfig;
  readonly api: Endpoint;
}

export const harmonySchema = z.strictObject({
  service_account: key(jsonCredential(readHarmonyAccount).nullable().default(null), { secret: true }),
  client_id: consoleId(),
  category: category().default('IM'),
  call_right: flag().default(false),
  receipt: receiptSchema,
  url: makerUrl('https://push-api.cloud.huawei.com'),
  proxy: makerProxy(),
});

export type HarmonySection = z.output<typeof harmonySchema>;

export const harmony: Maker<HarmonySection> = {
  name: 'harmony',
  credential: ['service_account'],
  together: [['receipt.user', 'receipt.key']],
  missing: missingForHuawei,
  urls: ({ url }) => [url],
};

export function toHarmonyConfig(
  section: HarmonySection,
  isSandbox: boolean,
  proxies: ProxyChoice,
): HarmonyConfig {
  return {
    lanes: providerTable.harmony.lanes,
    missing: isSandbox ? [] : missingForHuawei(section),
    account: isSandbox ? null : section.service_account,
    clientId: section.client_id,
    category: section.category,
    callRight: section.call_right,
    receipt: section.receipt,
    api: toEndpoint(section.url, section.proxy, proxies),
  };
}
