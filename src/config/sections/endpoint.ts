import { checkedText } from '../leaves';
import { Secret } from '../secret';

/** Where a provider is reached. */
export interface Endpoint {
  /** `https://host[:port][/path]`, no trailing slash. */
  readonly url: string;
  /** CONNECT proxy, `http://[user:password@]host[:port]`; null: directly. */
  readonly proxyUrl: Secret | null;
}

/** `none`: directly, whatever the environment says. */
export type ProxySetting = Secret | 'none' | null;

/** The proxy for a URL: the setting where there is one, else what the environment says. */
export interface ProxyChoice {
  forUrl(url: string, setting: ProxySetting): Secret | null;
}

/** A usable CONNECT proxy's URL in its normal form; null when it is none. */
export function readProxyUrl(value: string): string | null {
  if (!URL.canParse(value)) return null;
  const url = new URL(value);
  if (url.protocol !== 'http:' || url.hostname === '' || !/^\/?$/.test(url.pathname) || url.search !== '')
    return null;
  return url.href.replace(/\/$/, '');
}

export function proxyUrl() {
  return checkedText(
    'a CONNECT proxy http://[user:password@]host:port, or none',
    (value): Secret | 'none' | null => {
      if (value.toLowerCase() === 'none') return 'none';
      const url = readProxyUrl(value);
      return url === null ? null : Secret.ofUrl(url);
    },
  );
}
