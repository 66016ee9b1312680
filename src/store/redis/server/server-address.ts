import { StoreConfigurationError } from '../../ports/errors';

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
    throw new StoreConfigurationError(
      'redis.url (REDIS_URL): not a Redis URL. Expected redis://host[:port][/db]; in a user or password percent-encode @ : / ? # (%40 %3A %2F %3F %23).',
    );
  const db = parsed.pathname.replace(/^\//, '') || parsed.searchParams.get('db') || '0';
  if (!/^\d{1,6}$/.test(db))
    throw new StoreConfigurationError(
      'redis.url (REDIS_URL): what follows the host is not a database number. Expected /0 to /999999; in a user or password percent-encode @ : / ? # (%40 %3A %2F %3F %23).',
    );
  return {
    host: parsed.hostname.replace(/^\[(.*)\]$/, '$1') || '127.0.0.1',
    port: parsed.port === '' ? defaultPort : Number(parsed.port),
    db: Number(db),
    username: parsed.username === '' ? null : decoded(parsed.username),
    password: parsed.password === '' ? null : decoded(parsed.password),
    tls: parsed.protocol === 'rediss:',
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new StoreConfigurationError(
      'redis.url (REDIS_URL): the user or password is not percent-encoded. Write % as %25.',
    );
  }
}

/** ioredis' credentials and TLS options of an address. */
export function accessOptions({ username, password, tls }: ServerAddress) {
  return {
    ...(username === null ? {} : { username }),
    ...(password === null ? {} : { password }),
    ...(tls ? { tls: {} } : {}),
  };
}
