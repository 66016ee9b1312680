import type { MeizuConfig } from '../../config/sections/makers/meizu';
import { createMeizuProvider } from '../../providers/meizu/provider';
import type { MeizuOptions } from '../../providers/meizu/options';
import { endpointOf, limitsOf, type CreatedProvider, type ProviderContext } from './provider-context';

export function createMeizu(
  context: ProviderContext,
  { credential, api, ...settings }: MeizuConfig,
): CreatedProvider {
  const { sandbox } = context;
  const account = sandbox?.credentials.meizu ?? {
    appId: credential?.appId ?? '',
    appSecret: credential?.appSecret.reveal() ?? '',
  };
  const options: MeizuOptions = {
    ...settings,
    ...account,
    ...limitsOf(context),
    api: endpointOf(context, api, sandbox?.meizu.url),
  };
  return { provider: createMeizuProvider(options, context), account: account.appId };
}
