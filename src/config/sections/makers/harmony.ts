import { z } from 'zod';
import { readHarmonyAccount } from '../../credentials/harmony-account';
import { key } from '../../key';
import { flag } from '../../leaves/choices';
import { jsonCredential } from '../../leaves/secrets';
import { defineMaker } from './maker';
import { category, consoleId, makerProxy, makerUrl, missingForHuawei, receiptSchema } from './maker-keys';

export type HarmonyConfig = ReturnType<typeof harmony.toConfig>;

export const harmony = defineMaker({
  name: 'harmony',
  schema: z.strictObject({
    service_account: key(jsonCredential(readHarmonyAccount).nullable().default(null), { secret: true }),
    client_id: consoleId(),
    category: category().default('IM'),
    call_right: flag().default(false),
    receipt: receiptSchema,
    url: makerUrl('https://push-api.cloud.huawei.com'),
    proxy: makerProxy(),
  }),
  credential: { account: 'service_account' },
  together: [['receipt.user', 'receipt.key']],
  missing: missingForHuawei,
  urls: ({ url }) => [url],
  toSettings: (section, endpoint) => ({
    clientId: section.client_id,
    category: section.category,
    callRight: section.call_right,
    receipt: section.receipt,
    api: endpoint(section.url),
  }),
});
