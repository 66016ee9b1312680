import type { HuaweiConfig } from '../../config/sections/makers/huawei';
import { createHuaweiProvider } from '../../providers/huawei/provider';
import type { HuaweiOptions } from '../../providers/huawei/options';
import { endpointOf, limitsOf, type CreatedProvider, type ProviderContext } from './provider-context';

export function createHuawei(
  context: ProviderContext,
  { credential, receipt, api, auth, ...settings }: HuaweiConfig,
): CreatedProvider {
  const { sandbox } = context;
  const account = sandbox?.credentials.huawei ?? {
    appId: credential?.appId ?? '',
    appSecret: credential?.appSecret.reveal() ?? '',
  };
  const options: HuaweiOptions = {
    ...settings,
    ...account,
    ...limitsOf(context),
    receiptId: receipt.id,
    api: endpointOf(context, api, sandbox?.huawei.url),
    auth: endpointOf(context, auth, sandbox?.huawei.url),
  };
  return { provider: createHuaweiProvider(options, context), account: account.appId };
}
