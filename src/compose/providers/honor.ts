import type { HonorConfig } from '../../config/sections/makers/honor';
import { createHonorProvider } from '../../providers/honor/provider';
import type { HonorOptions } from '../../providers/honor/options';
import { endpointOf, limitsOf, type CreatedProvider, type ProviderContext } from './provider-context';

export function createHonor(
  context: ProviderContext,
  { credential, api, auth, ...settings }: HonorConfig,
): CreatedProvider {
  const { sandbox } = context;
  const account = sandbox?.credentials.honor ?? {
    appId: credential?.appId ?? '',
    clientId: credential?.clientId ?? '',
    clientSecret: credential?.clientSecret.reveal() ?? '',
  };
  const options: HonorOptions = {
    ...settings,
    ...account,
    ...limitsOf(context),
    api: endpointOf(context, api, sandbox?.honor.url),
    auth: endpointOf(context, auth, sandbox?.honor.url),
  };
  return { provider: createHonorProvider(options, context), account: account.appId };
}
