import { checkedText } from '../leaves/texts';
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
  if (!/^http:\/\//i.test(value) || value.includes('${') || !URL.canParse(value)) return null;
  const url = new URL(value);
  const isBare = /^\/?$/.test(url.pathname) && !/[?#]/.test(value);
  const isReadable = isDecodable(url.username) && isDecodable(url.password);
  if (url.hostname === '' || url.port === '0' || !isBare || !isReadable) return null;
  return url.href.replace(/\/$/, '');
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

export function proxyUrl() {
  return checkedText(
    'a CONNECT proxy http://[user:password@]host:port, or none; in a user or password, write % as %25, @ as %40, / as %2F',
    (value): Secret | 'none' | null => {
      if (value.toLowerCase() === 'none') return 'none';
      const url = readProxyUrl(value);
      return url === null ? null : Secret.ofUrl(url);
    },
  );
}
