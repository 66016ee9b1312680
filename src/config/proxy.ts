import { isIP } from 'node:net';
import { AddressSet, normalizeCidr } from '../shared/address-set';

/** The proxy settings of the environment, as curl reads them; the text is not checked. */
export interface ProxyEnvironment {
  readonly httpsProxy: string | null;
  readonly httpProxy: string | null;
  readonly noProxy: string | null;
  /** The names of the variables that said so, for messages. */
  readonly names?: { readonly httpsProxy: string | null; readonly httpProxy: string | null };
}

/**
 * The proxy for a URL, as curl chooses it: by the URL's scheme, unless NO_PROXY lists its host (a name and all names
 * below it, an address, a CIDR, or `*`). Null: none.
 *
 * @see https://everything.curl.dev/usingcurl/proxies/env.html
 */
export function proxyForUrl(url: string, environment: ProxyEnvironment): string | null {
  return chosenProxy(url, environment)?.url ?? null;
}

/** As {@link proxyForUrl}, with the variable that names the proxy. */
export function chosenProxy(
  url: string,
  environment: ProxyEnvironment,
): { readonly url: string; readonly variable: string } | null {
  const { protocol, hostname } = new URL(url);
  const which = protocol === 'https:' ? 'httpsProxy' : 'httpProxy';
  const proxy = environment[which];
  if (proxy === null || isExempt(hostname, environment.noProxy ?? '')) return null;
  return {
    url: proxy.includes('://') ? proxy : `http://${proxy}`,
    variable: environment.names?.[which] ?? 'HTTPS_PROXY',
  };
}

function isExempt(hostname: string, noProxy: string): boolean {
  if (noProxy.trim() === '*') return true;
  const host = stripDots(hostname.replace(/^\[(.*)\]$/, '$1').toLowerCase());
  return noProxy
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => matches(host, entry.toLowerCase()));
}

function matches(host: string, entry: string): boolean {
  const family = isIP(host);
  if (family === 0) {
    const name = stripDots(entry.replace(/^\*/, ''));
    return name !== '' && (host === name || host.endsWith(`.${name}`));
  }
  const cidr = normalizeCidr(entry.replace(/^\[(.*)\]$/, '$1'));
  // As curl has it, `::/0` is no range of IPv4 addresses.
  return cidr !== null && isIP(cidr.replace(/\/.*/, '')) === family && new AddressSet([cidr]).has(host);
}

function stripDots(name: string): string {
  return name.replace(/^\./, '').replace(/\.$/, '');
}
