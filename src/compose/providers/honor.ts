import { createHonorProvider } from '../../providers/honor/provider';
import type { HonorOptions } from '../../providers/honor/options';
import { endpointOf, type CreatedProvider, type ProviderContext } from './provider-context';

export function createHonor(context: ProviderContext): Promise<CreatedProvider | null> {
  const { app, limits, sandbox } = context;
  const { honor } = app;
  if (honor === null) return Promise.resolve(null);
  const account = sandbox?.credentials.honor ?? {
    appId: honor.credential?.appId ?? '',
    clientId: honor.credential?.clientId ?? '',
    clientSecret: honor.credential?.clientSecret.reveal() ?? '',
  };
  const options: HonorOptions = {
    ...account,
    app: app.name,
    importance: honor.importance,
    clickIntent: honor.clickIntent,
    badgeClass: honor.badgeClass,
    api: endpointOf(context, honor.api, sandbox?.honor.url),
    auth: endpointOf(context, honor.auth, sandbox?.honor.url),
    timeoutMs: limits.timeoutMs,
    maxConnections: limits.maxConnections,
  };
  return Promise.resolve({ provider: createHonorProvider(options, context), account: account.appId });
}
