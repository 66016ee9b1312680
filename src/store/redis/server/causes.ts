import { StoreConfigurationError, StoreUnavailableError } from '../../ports/errors';

export interface Cause {
  /** The relay's own words, and the server's or system's code at most: what others wrote is not for everybody to read. */
  readonly text: string;
  /** Something more exact may still come. */
  readonly vague: boolean;
}

const permitted =
  'Redis does not permit this user what the relay needs (NOPERM); docs/redis.md has the ACL rule';
const closed = 'the connection to Redis was closed';
const moving = 'a slot of the cluster is moving';

/** The first that fits. Inside scripts older servers put the word behind a text of their own. */
const known: readonly (readonly [pattern: RegExp, text: string])[] = [
  [/\bLOADING\b/, 'Redis is loading its data (LOADING)'],
  [
    /\bDENIED\b|protected mode/i,
    'Redis is in protected mode and refuses other machines (DENIED); set a password or a bind address there',
  ],
  [/max number of clients/i, 'Redis has no room for more connections; raise its maxclients'],
  [/\bNOAUTH\b/, 'Redis requires a password (NOAUTH)'],
  [
    /\bWRONGPASS\b|invalid password|invalid username-password/i,
    'Redis refuses the user or the password (WRONGPASS)',
  ],
  [/\bNOPERM\b|ACL failure|user executing the script can't/i, permitted],
  [/\bREADONLY\b/, 'this Redis is a read-only replica (READONLY)'],
  [/\bMISCONF\b/, 'Redis cannot write to its disk and refuses writes (MISCONF)'],
  [/\bOOM\b/, 'Redis is full and refuses writes (OOM); raise maxmemory'],
  [/\bNOREPLICAS\b/, 'Redis refuses writes while its replicas are away (NOREPLICAS)'],
  [/\bCLUSTERDOWN\b/, 'the cluster does not cover all slots (CLUSTERDOWN)'],
  [/\bMASTERDOWN\b/, 'this Redis is a replica without its master (MASTERDOWN)'],
  [/\b(BUSY|UNKILLABLE)\b/, 'Redis is busy with a script (BUSY)'],
  [/\b(TRYAGAIN|MOVED|ASK)\b|cluster redirections/i, moving],
  [/\bUNBLOCKED\b/, 'Redis is changing its role (UNBLOCKED)'],
  [/cluster support disabled/i, 'several URLs mean a cluster, and this Redis is not part of one'],
  [/ENOTFOUND/, 'the host name of Redis is unknown (ENOTFOUND)'],
  [/EAI_AGAIN/, 'the host name of Redis cannot be resolved now (EAI_AGAIN)'],
  [/ECONNREFUSED/, 'nothing listens at the address of Redis (ECONNREFUSED)'],
  [/EHOSTUNREACH|ENETUNREACH/, 'the network of Redis cannot be reached (EHOSTUNREACH)'],
  [
    /Protocol error|Unknown RESP type|protocol_error/i,
    'the port does not speak the Redis protocol: is it a web server, or a TLS port (rediss://)?',
  ],
  [
    /wrong version number|EPROTO|packet length too long|ssl3_|SSL routines/i,
    'the port of Redis does not speak TLS; use redis:// for a plain port',
  ],
  [
    /certificate|self.signed|CERT_|altnames/i,
    'the TLS certificate of Redis is not trusted; set NODE_EXTRA_CA_CERTS to its authority',
  ],
  [/sentinels are unreachable/i, 'no sentinel answers, or none knows a master of that name'],
  [/socket timeout/i, 'Redis does not answer'],
];

/** What a plain connection to a TLS port meets. */
export const closedUnanswered = 'connection closed unanswered';

const vague: readonly (readonly [pattern: RegExp, text: string])[] = [
  [
    /ECONNRESET|EPIPE|connection is closed|stream isn't writeable|isn't ready|max retries per request|command aborted|socket hang up/i,
    closed,
  ],
  [
    /connection closed unanswered/,
    'Redis closed the connection before it answered; if its port speaks TLS, use rediss://',
  ],
  [
    /failed to refresh slots|none of startup nodes|cluster is (ended|disconnect)/i,
    'no node of the cluster answers',
  ],
];

/** Why Redis cannot be worked with, in words that fit a log line and a public answer. */
export function causeOf(error: unknown, tls = false): Cause {
  if (error instanceof StoreConfigurationError || error instanceof StoreUnavailableError)
    return { text: error.message, vague: error.message === closed };
  const message = describe(error);
  if (/ETIMEDOUT/.test(message)) {
    const text = tls
      ? 'no TLS connection to Redis in time (ETIMEDOUT); use redis:// if its port is plain'
      : 'no connection to Redis in time (ETIMEDOUT)';
    return { text, vague: false };
  }
  for (const [pattern, text] of known) if (pattern.test(message)) return { text, vague: false };
  for (const [pattern, text] of vague) if (pattern.test(message)) return { text, vague: true };
  const command = /unknown (?:redis )?command '?([A-Za-z.]{1,30})\b/i.exec(message)?.[1];
  if (command !== undefined) {
    const text = `this Redis does not have the command ${command.toUpperCase()}, which the relay needs: it is disabled there, or the server is no Redis 6.2`;
    return { text, vague: false };
  }
  const code = /^[A-Z][A-Z0-9_]{2,24}(?= |$)/.exec(message)?.[0];
  return { text: `Redis answers with an error${code === undefined ? '' : ` (${code})`}`, vague: false };
}

/** The error's words and code, its causes' too: ioredis hides what failed behind an error of its own. */
function describe(error: unknown, depth = 0): string {
  if (!(error instanceof Error)) return String(error).slice(0, longestMessage);
  const code = 'code' in error ? ` ${String(error.code)}` : '';
  const last = 'lastNodeError' in error ? error.lastNodeError : error.cause;
  const behind = last === undefined || depth === 3 ? '' : ` ${describe(last, depth + 1)}`;
  return `${error.message.slice(0, longestMessage)}${code}${behind}`;
}

const longestMessage = 2_000;
