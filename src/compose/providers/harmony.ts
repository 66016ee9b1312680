import type { HarmonyConfig } from '../../config/sections/makers/harmony';
import { createHarmonyProvider } from '../../providers/harmony/provider';
import type { HarmonyAccount, HarmonyOptions } from '../../providers/harmony/options';
import { endpointOf, limitsOf, type CreatedProvider, type ProviderContext } from './provider-context';

export function createHarmony(context: ProviderContext, config: HarmonyConfig): CreatedProvider {
  const { sandbox } = context;
  const { credential: _, receipt, api, ...settings } = config;
  const account = accountOf(context, config);
  const options: HarmonyOptions = {
    ...settings,
    ...limitsOf(context),
    account,
    clientId: sandbox === null ? settings.clientId : sandbox.credentials.harmony.clientId,
    receiptId: receipt.id,
    api: endpointOf(context, api, sandbox?.harmony.url),
  };
  return { provider: createHarmonyProvider(options, context), account: account.projectId };
}

function accountOf({ sandbox }: ProviderContext, { credential }: HarmonyConfig): HarmonyAccount {
  if (sandbox !== null) return sandbox.credentials.harmony;
  if (credential === null) throw new Error('the configuration has no service account');
  const { account } = credential;
  return { ...account, privateKey: account.privateKey.reveal() };
}
