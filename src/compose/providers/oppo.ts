import type { OppoConfig } from '../../config/sections/makers/oppo';
import { createOppoProvider } from '../../providers/oppo/provider';
import type { OppoOptions } from '../../providers/oppo/options';
import { endpointOf, limitsOf, type CreatedProvider, type ProviderContext } from './provider-context';

export function createOppo(
  context: ProviderContext,
  { credential, callbackUrl, apis, ...settings }: OppoConfig,
): CreatedProvider {
  const { sandbox } = context;
  const account = sandbox?.credentials.oppo ?? {
    appKey: credential?.appKey ?? '',
    masterSecret: credential?.masterSecret.reveal() ?? '',
  };
  const options: OppoOptions = {
    ...settings,
    ...account,
    ...limitsOf(context),
    callbackUrl: callbackUrl?.reveal() ?? null,
    apis: new Map([...apis].map(([lane, api]) => [lane, endpointOf(context, api, sandbox?.oppo.url)])),
  };
  return { provider: createOppoProvider(options, context), account: account.appKey };
}
