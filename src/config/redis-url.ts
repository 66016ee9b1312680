import { Fault } from './leaves/leaf';
import { isHostName } from './leaves/texts';
import { Secret } from './secret';

/** A server of Redis, read from its URL. */
export interface RedisServer {
  readonly host: string;
  readonly port: number;
  /** Null: the URL names none. */
  readonly database: number | null;
  readonly user: string | null;
  readonly password: string | null;
  readonly isTls: boolean;
}

const form = 'a URL redis://[user:password@]host[:port][/database] or rediss://…';
const encoding =
  'in a user or password, write % as %25, @ as %40, : as %3A, / as %2F, ? as %3F, # as %23, a comma as %2C';

/**
 * Reads the URL of one server. Whatever it accepts can be used as it is: the store gets {@link redisUrlText}, which is
 * written anew from what was understood here.
 */
export function readRedisServer(value: string, defaultPort = 6379): RedisServer | Fault {
  if (value.includes('${')) return new Fault(`${form}; this holds a variable that nothing has expanded`);
  const [, scheme, rest] = /^(rediss?):\/\/([^]*)$/i.exec(value) ?? [];
  if (scheme === undefined || rest === undefined) return new Fault(form);
  if (/[\s\p{Cc}\p{Cf}]/u.test(value)) return new Fault(`${form}, without blanks; ${encoding}`);
  const authorityEnd = rest.search(/[/?#]/);
  const authority = authorityEnd < 0 ? rest : rest.slice(0, authorityEnd);
  const tail = authorityEnd < 0 ? '' : rest.slice(authorityEnd);
  if (tail.includes('@') || tail.includes('#')) return new Fault(`${form}; ${encoding}`);
  const at = authority.lastIndexOf('@');
  const access = readAccess(at < 0 ? null : authority.slice(0, at));
  if (access instanceof Fault) return access;
  const address = readAddress(authority.slice(at + 1), defaultPort);
  if (address instanceof Fault) return address;
  const database = readDatabase(tail);
  if (database instanceof Fault) return database;
  return { ...access, ...address, database, isTls: scheme.toLowerCase() === 'rediss' };
}

function readAccess(userinfo: string | null): Pick<RedisServer, 'user' | 'password'> | Fault {
  if (userinfo === null) return { user: null, password: null };
  const colon = userinfo.indexOf(':');
  if (colon < 0 || colon === userinfo.length - 1)
    return new Fault(
      `${form}; this has a user and no password. A password alone is written redis://:PASSWORD@host`,
    );
  try {
    const user = decodeURIComponent(userinfo.slice(0, colon));
    const password = decodeURIComponent(userinfo.slice(colon + 1));
    return { user: user === '' ? null : user, password };
  } catch {
    return new Fault(`${form}; this holds a % that begins no code; ${encoding}`);
  }
}

function readAddress(text: string, defaultPort: number): Pick<RedisServer, 'host' | 'port'> | Fault {
  const [, bracketed, name, port] = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const host = bracketed ?? name ?? '';
  const number = port === undefined ? defaultPort : Number(port);
  const isIpv6 = bracketed !== undefined && bracketed.includes(':');
  if (!isHostName(host) || isIpv6 !== host.includes(':') || number < 1 || number > 65_535) {
    return new Fault(
      `${form}, with a host name or address and a port from 1 to 65535 (an IPv6 address in brackets); ${encoding}`,
    );
  }
  return { host, port: number };
}

function readDatabase(tail: string): number | null | Fault {
  const [, path = '', query = ''] = /^\/?([^?]*)(?:\?([^]*))?$/.exec(tail) ?? [];
  const parameters = new URLSearchParams(query);
  const others = [...parameters.keys()].filter((name) => name !== 'db');
  if (others.length > 0) return new Fault(`${form}; of a query only ?db=NUMBER is read. ${encoding}`);
  const named = parameters.get('db');
  if (path !== '' && named !== null) return new Fault(`${form}, with the database once`);
  const database = path === '' ? named : path;
  if (database === null) return null;
  if (/^\d{1,6}$/.test(database)) return Number(database);
  return new Fault(
    `${form}, whose database is a number (0 to 15 unless Redis is told otherwise); ${encoding}`,
  );
}

/** The URL in the one form that has a single reading. */
export function redisUrlText(server: RedisServer): string {
  const { user, password, host, port, database, isTls } = server;
  const access =
    password === null ? '' : `${encodeURIComponent(user ?? '')}:${encodeURIComponent(password)}@`;
  const name = host.includes(':') ? `[${host}]` : host;
  const path = database === null ? '' : `/${String(database)}`;
  return `${isTls ? 'rediss' : 'redis'}://${access}${name}:${String(port)}${path}`;
}

export function redisSecret(server: RedisServer): Secret {
  return Secret.ofUrl(redisUrlText(server));
}
