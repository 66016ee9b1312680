import type { ConnectionOptions } from 'node:tls';
import { StoreConfigurationError } from '../ports/errors';

export interface ServerAddress {
  readonly host: string;
  readonly port: number;
  readonly db: number;
  readonly username: string | null;
  readonly password: string | null;
  readonly tls: boolean;
}

/** Throws StoreConfigurationError, without the URL: it may hold a password. */
export function parseServerUrl(url: string, defaultPort = 6379): ServerAddress {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed === null || !/^rediss?:$/.test(parsed.protocol))
    throw new StoreConfigurationError('a Redis URL is not of the form redis://host[:port][/db]');
  const db = parsed.pathname.replace(/^\//, '') || parsed.searchParams.get('db') || '0';
  if (!/^\d{1,6}$/.test(db)) throw new StoreConfigurationError(`not a Redis database number: ${db}`);
  return {
    host: parsed.hostname.replace(/^\[(.*)\]$/, '$1') || '127.0.0.1',
    port: parsed.port === '' ? defaultPort : Number(parsed.port),
    db: Number(db),
    username: parsed.username === '' ? null : decodeURIComponent(parsed.username),
    password: parsed.password === '' ? null : decodeURIComponent(parsed.password),
    tls: parsed.protocol === 'rediss:',
  };
}

/** ioredis' credentials and TLS options of an address. */
export function accessOptions(address: ServerAddress, tlsCa: string | undefined) {
  return {
    ...(address.username === null ? {} : { username: address.username }),
    ...(address.password === null ? {} : { password: address.password }),
    ...(address.tls ? { tls: tlsOptions(tlsCa) } : {}),
  };
}

export function tlsOptions(tlsCa: string | undefined): ConnectionOptions {
  return tlsCa === undefined ? {} : { ca: tlsCa };
}
