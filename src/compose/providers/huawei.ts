import { createHuaweiProvider } from '../../providers/huawei/provider';
import type { HuaweiOptions } from '../../providers/huawei/options';
import { endpointOf, type CreatedProvider, type ProviderContext } from './provider-context';

export function createHuawei(context: ProviderContext): Promise<CreatedProvider | null> {
  const { app, limits, sandbox } = context;
  const { huawei } = app;
  if (huawei === null) return Promise.resolve(null);
  const account = sandbox?.credentials.huawei ?? {
    appId: huawei.credential?.appId ?? '',
    appSecret: huawei.credential?.appSecret.reveal() ?? '',
  };
  const options: HuaweiOptions = {
    ...account,
    app: app.name,
    category: huawei.category,
    channelId: huawei.channelId,
    callChannelId: huawei.callChannelId,
    callRight: huawei.callRight,
    clickIntent: huawei.clickIntent,
    badgeClass: huawei.badgeClass,
    receiptId: huawei.receipt.id,
    api: endpointOf(context, huawei.api, sandbox?.huawei.url),
    auth: endpointOf(context, huawei.auth, sandbox?.huawei.url),
    timeoutMs: limits.timeoutMs,
    maxConnections: limits.maxConnections,
  };
  return Promise.resolve({ provider: createHuaweiProvider(options, context), account: account.appId });
}
