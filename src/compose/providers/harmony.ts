import { createHarmonyProvider } from '../../providers/harmony/provider';
import type { HarmonyAccount, HarmonyOptions } from '../../providers/harmony/options';
import { endpointOf, type CreatedProvider, type ProviderContext } from './provider-context';

export function createHarmony(context: ProviderContext): Promise<CreatedProvider | null> {
  const { app, limits, sandbox } = context;
  const { harmony } = app;
  if (harmony === null) return Promise.resolve(null);
  const account = accountOf(context);
  const options: HarmonyOptions = {
    app: app.name,
    account,
    clientId: sandbox === null ? harmony.clientId : sandbox.credentials.harmony.clientId,
    category: harmony.category,
    callRight: harmony.callRight,
    receiptId: harmony.receipt.id,
    api: endpointOf(context, harmony.api, sandbox?.harmony.url),
    timeoutMs: limits.timeoutMs,
    maxConnections: limits.maxConnections,
  };
  return Promise.resolve({ provider: createHarmonyProvider(options, context), account: account.projectId });
}

function accountOf({ sandbox, app }: ProviderContext): HarmonyAccount {
  if (sandbox !== null) return sandbox.credentials.harmony;
  const account = app.harmony?.account ?? null;
  if (account === null) throw new Error('the configuration has no service account');
  return { ...account, privateKey: account.privateKey.reveal() };
}
