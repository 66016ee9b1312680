import { createMeizuProvider } from '../../providers/meizu/provider';
import type { MeizuOptions } from '../../providers/meizu/options';
import { endpointOf, type CreatedProvider, type ProviderContext } from './provider-context';

export function createMeizu(context: ProviderContext): Promise<CreatedProvider | null> {
  const { app, limits, sandbox } = context;
  const { meizu } = app;
  if (meizu === null) return Promise.resolve(null);
  const account = sandbox?.credentials.meizu ?? {
    appId: meizu.credential?.appId ?? '',
    appSecret: meizu.credential?.appSecret.reveal() ?? '',
  };
  const options: MeizuOptions = {
    ...account,
    app: app.name,
    activity: meizu.activity,
    api: endpointOf(context, meizu.api, sandbox?.meizu.url),
    timeoutMs: limits.timeoutMs,
    maxConnections: limits.maxConnections,
  };
  return Promise.resolve({ provider: createMeizuProvider(options, context), account: account.appId });
}
