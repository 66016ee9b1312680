import { createOppoProvider } from '../../providers/oppo/provider';
import type { OppoOptions } from '../../providers/oppo/options';
import { endpointOf, type CreatedProvider, type ProviderContext } from './provider-context';

export function createOppo(context: ProviderContext): Promise<CreatedProvider | null> {
  const { app, limits, sandbox } = context;
  const { oppo } = app;
  if (oppo === null) return Promise.resolve(null);
  const account = sandbox?.credentials.oppo ?? {
    appKey: oppo.credential?.appKey ?? '',
    masterSecret: oppo.credential?.masterSecret.reveal() ?? '',
  };
  const apis = [...oppo.apis].map(
    ([lane, api]) => [lane, endpointOf(context, api, sandbox?.oppo.url)] as const,
  );
  const options: OppoOptions = {
    ...account,
    app: app.name,
    category: oppo.category,
    notifyLevel: oppo.notifyLevel,
    channelId: oppo.channelId,
    template: oppo.template,
    click: oppo.click,
    callbackUrl: oppo.callbackUrl?.reveal() ?? null,
    apis: new Map(apis),
    timeoutMs: limits.timeoutMs,
    maxConnections: limits.maxConnections,
  };
  return Promise.resolve({ provider: createOppoProvider(options, context), account: account.appKey });
}
