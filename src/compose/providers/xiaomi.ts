import { createXiaomiProvider } from '../../providers/xiaomi/provider';
import type { XiaomiOptions } from '../../providers/xiaomi/options';
import { endpointOf, type CreatedProvider, type ProviderContext } from './provider-context';

export function createXiaomi(context: ProviderContext): Promise<CreatedProvider | null> {
  const { app, limits, sandbox } = context;
  const { xiaomi } = app;
  if (xiaomi === null) return Promise.resolve(null);
  const account = sandbox?.credentials.xiaomi ?? {
    appSecret: xiaomi.credential?.appSecret.reveal() ?? '',
    packageName: xiaomi.credential?.packageName ?? '',
  };
  const apis = xiaomi.lanes.flatMap((lane) => {
    const api = xiaomi.apis.get(lane);
    return api === undefined ? [] : [[lane, endpointOf(context, api, sandbox?.xiaomi.url)] as const];
  });
  const options: XiaomiOptions = {
    ...account,
    app: app.name,
    channelId: xiaomi.channelId,
    callChannelId: xiaomi.callChannelId,
    templates: xiaomi.templates,
    intentUri: xiaomi.intentUri,
    callbackUrl: xiaomi.callbackUrl?.reveal() ?? null,
    apis: new Map(apis),
    timeoutMs: limits.timeoutMs,
    maxConnections: limits.maxConnections,
  };
  return Promise.resolve({ provider: createXiaomiProvider(options, context), account: account.packageName });
}
