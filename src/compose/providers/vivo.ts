import { createVivoProvider } from '../../providers/vivo/provider';
import type { VivoOptions } from '../../providers/vivo/options';
import { endpointOf, type CreatedProvider, type ProviderContext } from './provider-context';

export function createVivo(context: ProviderContext): Promise<CreatedProvider | null> {
  const { app, limits, sandbox } = context;
  const { vivo } = app;
  if (vivo === null) return Promise.resolve(null);
  const account = sandbox?.credentials.vivo ?? {
    appId: vivo.credential?.appId ?? 0,
    appKey: vivo.credential?.appKey ?? '',
    appSecret: vivo.credential?.appSecret.reveal() ?? '',
  };
  const options: VivoOptions = {
    ...account,
    app: app.name,
    category: vivo.category,
    skipContent: vivo.skipContent,
    testMode: vivo.testMode,
    api: endpointOf(context, vivo.api, sandbox?.vivo.url),
    timeoutMs: limits.timeoutMs,
    maxConnections: limits.maxConnections,
  };
  return Promise.resolve({ provider: createVivoProvider(options, context), account: String(account.appId) });
}
