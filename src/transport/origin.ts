import { isIP } from 'node:net';
import { basicAuthorization } from '../shared/request-headers';

/** Where requests go: one scheme, host and port, and a path in front of every request's own. */
export interface Origin {
  readonly secure: boolean;
  /** Without the brackets of an IPv6 address. */
  readonly host: string;
  readonly port: number;
  /** `host` or `host:port`, as `:authority` says it. */
  readonly authority: string;
  /** Empty, or `/…` without a slash at its end. */
  readonly pathPrefix: string;
}

export interface Proxy {
  readonly host: string;
  readonly port: number;
  /** The whole `Proxy-Authorization` value. */
  readonly authorization: string | null;
}

/**
 * Reads `https://host[:port][/path]`. `http://` (for HTTP/2, with prior knowledge) is taken for loopback hosts only, unless told:
 * credentials must not cross a network in the clear. Throws a TypeError that says what is wrong.
 */
export function parseOrigin(baseUrl: string, plainHosts: 'loopback' | 'anywhere' = 'loopback'): Origin {
  const url = parseUrl(baseUrl, 'base URL');
  if (url.username !== '' || url.password !== '')
    throw new TypeError('base URL: must not carry a user or password');
  if (url.search !== '' || url.hash !== '')
    throw new TypeError('base URL: must not carry a query or fragment');
  const secure = url.protocol === 'https:';
  if (!secure && url.protocol !== 'http:')
    throw new TypeError(`base URL: must start with https://, not ${url.protocol}//`);
  const host = bareHost(url);
  if (!secure && plainHosts === 'loopback' && !isLoopback(host))
    throw new TypeError('base URL: http:// is for loopback hosts only, use https://');
  return {
    secure,
    host,
    port: portOf(url, secure ? 443 : 80),
    authority: url.host,
    pathPrefix: url.pathname.replace(/\/+$/, ''),
  };
}

/** Reads `http://[user:pass@]host:port`. Throws a TypeError that says what is wrong, and never repeats the password. */
export function parseProxy(proxyUrl: string): Proxy {
  const url = parseUrl(proxyUrl, 'proxy URL');
  if (url.protocol !== 'http:')
    throw new TypeError(`proxy URL: must start with http://, not ${url.protocol}//`);
  return {
    host: bareHost(url),
    port: portOf(url, 80),
    authorization: basicAuthorization(url),
  };
}

/** `host:port`, with brackets where an IPv6 address needs them. */
export function hostAndPort(host: string, port: number): string {
  return isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
}

function parseUrl(text: string, what: string): URL {
  try {
    return new URL(text);
  } catch {
    throw new TypeError(`${what}: not a URL`);
  }
}

function bareHost(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '');
}

function portOf(url: URL, otherwise: number): number {
  return url.port === '' ? otherwise : Number(url.port);
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}
