import { isIP } from 'node:net';
import type { Config } from '../../config/config';
import type { WebPushConfig } from '../../config/sections/makers/webpush';
import { AllowedHosts } from '../../shared/webpush/allowed-hosts';
import { publicAddresses } from '../../shared/webpush/public-addresses';

/** Push services of the built-in sandbox. */
export const sandboxHosts = ['127.0.0.1', 'localhost'];

/** Why an endpoint is none that the app sends to; null: it is one. What a name resolves to is looked at when it is connected to. */
export function pushServiceRule(
  { allowedHosts, allowPrivateAddresses }: Pick<WebPushConfig, 'allowedHosts' | 'allowPrivateAddresses'>,
  app: string,
  mode: Config['providersMode'],
): (endpoint: string) => string | null {
  const isSandbox = mode === 'sandbox';
  const hosts = new AllowedHosts(isSandbox ? sandboxHosts : allowedHosts);
  const mayBePrivate = isSandbox || allowPrivateAddresses;
  return (endpoint) => {
    const { hostname, port } = new URL(endpoint);
    if (!hosts.allows(hostname))
      return `must be of a push service that apps.${app}.webpush.allowed_hosts allows, and ${hostname} is none`;
    if (mayBePrivate) return null;
    if (port !== '') return 'must have the port 443';
    const address = hostname.replace(/^\[|\]$/g, '');
    return isIP(address) !== 0 && !publicAddresses.has(address) ? 'must not be a private address' : null;
  };
}
