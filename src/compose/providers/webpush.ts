import type { WebPushConfig } from '../../config/sections/makers/webpush';
import type { WebPushOptions } from '../../providers/webpush/options';
import { createWebPushProvider } from '../../providers/webpush/provider';
import { AllowedHosts } from '../../shared/webpush/allowed-hosts';
import type { VapidKeys } from '../../shared/webpush/vapid-keys';
import { sandboxHosts } from './push-service-rule';
import { trust, type CreatedProvider, type ProviderContext } from './provider-context';

/** Always over the relay's own transport: no vendor has an SDK for it. */
export function createWebPush(context: ProviderContext, webpush: WebPushConfig): CreatedProvider {
  const { app, limits, sandbox, createClient, clock, logger } = context;
  const options: WebPushOptions = {
    app: app.name,
    ...keysOf(context, webpush),
    subject: webpush.subject,
    baseUrl: webpush.baseUrl,
    icon: webpush.icon,
    fallbackTitle: app.displayName ?? new URL(webpush.baseUrl).hostname,
    dataStyle: app.dataStyle,
    hosts: new AllowedHosts(sandbox === null ? webpush.allowedHosts : sandboxHosts),
    allowPrivateAddresses: sandbox !== null || webpush.allowPrivateAddresses,
    proxyUrl: webpush.proxyUrl?.reveal() ?? null,
    connections: { min: limits.minConnections, max: limits.maxConnections },
    timeoutMs: limits.timeoutMs,
    idleTimeoutMs: limits.idleMs,
    ...trust(context),
  };
  const provider = createWebPushProvider(options, { createClient, clock, logger });
  return { provider, account: options.keys.publicKey };
}

function keysOf(
  { sandbox }: ProviderContext,
  { credential }: WebPushConfig,
): Pick<WebPushOptions, 'keys' | 'previousKeys'> {
  if (credential.kind === 'vapid') {
    const revealed = ({ publicKey, privateKey }: typeof credential.keys): VapidKeys => ({
      publicKey,
      privateKey: privateKey.reveal(),
    });
    return {
      keys: revealed(credential.keys),
      previousKeys: credential.previous === null ? null : revealed(credential.previous),
    };
  }
  if (sandbox === null) throw new Error('the sandbox does not run');
  return { keys: sandbox.credentials.vapid, previousKeys: null };
}
