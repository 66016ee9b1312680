import type { XiaomiConfig } from '../../config/sections/makers/xiaomi';
import { createXiaomiProvider } from '../../providers/xiaomi/provider';
import type { XiaomiOptions } from '../../providers/xiaomi/options';
import { endpointOf, limitsOf, type CreatedProvider, type ProviderContext } from './provider-context';

export function createXiaomi(
  context: ProviderContext,
  { credential, callbackUrl, lanes, apis, ...settings }: XiaomiConfig,
): CreatedProvider {
  const { sandbox } = context;
  const account = sandbox?.credentials.xiaomi ?? {
    appSecret: credential?.appSecret.reveal() ?? '',
    packageName: credential?.packageName ?? '',
  };
  // In the order of the lanes: the first is that of devices whose registration names none.
  const endpoints = lanes.flatMap((lane) => {
    const api = apis.get(lane);
    return api === undefined ? [] : [[lane, endpointOf(context, api, sandbox?.xiaomi.url)] as const];
  });
  const options: XiaomiOptions = {
    ...settings,
    ...account,
    ...limitsOf(context),
    callbackUrl: callbackUrl?.reveal() ?? null,
    apis: new Map(endpoints),
  };
  return { provider: createXiaomiProvider(options, context), account: account.packageName };
}
