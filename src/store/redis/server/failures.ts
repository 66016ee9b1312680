import { StoreUnavailableError } from '../../ports/errors';
import { causeOf } from './causes';

/** Words that Redis begins such errors with; inside scripts older servers put them behind a text of their own. */
const away =
  /\b(READONLY|LOADING|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|MOVED|ASK|BUSY|OOM|MISCONF|NOREPLICAS|UNBLOCKED|UNKILLABLE|DENIED)\b|max number of clients|protected mode/;
const notPermitted = /\bNOPERM\b|ACL failure|user executing the script can't/i;
const unknown = /unknown (redis )?(sub)?command/i;
const refused =
  /unknown (redis )?command|\b(WRONGPASS|NOAUTH|NOPERM)\b|ACL failure|user executing the script can't|invalid password|cluster support disabled|invalid username-password/i;
/** What ioredis itself says when there is no connection. */
const disconnected =
  /connection is closed|stream isn't writeable|isn't ready|max retries per request|cluster redirections|failed to refresh slots|none of startup nodes|command aborted|ECONN|EPIPE|ETIMEDOUT|EAI_AGAIN|ENOTFOUND|EHOSTUNREACH|ENETUNREACH|socket timeout|socket hang up|sentinels are unreachable|cluster is (ended|disconnect)|Protocol error|Unknown RESP type/i;

/** Only another user, password or kind of address helps. */
export function isRefused(error: unknown): boolean {
  return said(error, refused);
}

export function isPermissionMissing(error: unknown): boolean {
  return said(error, notPermitted);
}

/** The server does not permit the command to this user, or does not have it, as some managed ones. */
export function isCommandMissing(error: unknown): boolean {
  return said(error, notPermitted) || said(error, unknown);
}

export function isReplica(error: unknown): boolean {
  return said(error, /\bREADONLY\b/);
}

export function isMissingScript(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('NOSCRIPT');
}

export function isMissingGroup(error: unknown): boolean {
  return error instanceof Error && error.message.includes('NOGROUP');
}

/** What a command failed with, as the port says it: away → StoreUnavailableError; a wrong command stays what it is, a bug. */
export function toFailure(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  if (error instanceof StoreUnavailableError) return error;
  if (said(error, away) || said(error, refused) || said(error, disconnected))
    return new StoreUnavailableError(causeOf(error).text, { cause: error });
  return error;
}

function said(error: unknown, pattern: RegExp): boolean {
  if (!(error instanceof Error)) return false;
  return pattern.test(error.message) || (error.cause instanceof Error && pattern.test(error.cause.message));
}
