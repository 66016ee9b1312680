import type { VivoConfig } from '../../config/sections/makers/vivo';
import { createVivoProvider } from '../../providers/vivo/provider';
import type { VivoOptions } from '../../providers/vivo/options';
import { endpointOf, limitsOf, type CreatedProvider, type ProviderContext } from './provider-context';

export function createVivo(
  context: ProviderContext,
  { credential, api, ...settings }: VivoConfig,
): CreatedProvider {
  const { sandbox } = context;
  const account = sandbox?.credentials.vivo ?? {
    appId: Number(credential?.appId),
    appKey: credential?.appKey ?? '',
    appSecret: credential?.appSecret.reveal() ?? '',
  };
  const options: VivoOptions = {
    ...settings,
    ...account,
    ...limitsOf(context),
    api: endpointOf(context, api, sandbox?.vivo.url),
  };
  return { provider: createVivoProvider(options, context), account: String(account.appId) };
}
