import { jsonObject } from '../wire/foreign-answer';
import { isObject, type JsonObject } from '../../shared/json-object';

/** Google's error, as far as it decides what becomes of a delivery. */
export interface FcmError {
  /** The FcmError detail's code, e.g. UNREGISTERED; null when there is none. */
  readonly errorCode: string | null;
  /** The canonical status, e.g. NOT_FOUND. */
  readonly status: string;
  readonly message: string;
  /** Of google.rpc.BadRequest: the fields of our request that are wrong. */
  readonly violatedFields: readonly string[];
  /** Of google.rpc.QuotaFailure: whose quota, in Google's words. */
  readonly quotas: readonly string[];
  /** Of google.rpc.ErrorInfo, e.g. SERVICE_DISABLED. */
  readonly infoReason: string | null;
}

/**
 * Canonical codes by the HTTP status that Google maps them to:
 * https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto
 */
const canonicalStatuses: Readonly<Record<string, number>> = {
  INVALID_ARGUMENT: 400,
  FAILED_PRECONDITION: 400,
  OUT_OF_RANGE: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
  ABORTED: 409,
  ALREADY_EXISTS: 409,
  RESOURCE_EXHAUSTED: 429,
  CANCELLED: 499,
  DATA_LOSS: 500,
  INTERNAL: 500,
  UNKNOWN: 500,
  UNIMPLEMENTED: 501,
  UNAVAILABLE: 503,
  DEADLINE_EXCEEDED: 504,
};

/**
 * cloud.google.com/apis/design/errors: `error.details` holds messages told apart by `@type`. Null for what is not Google's
 * error with this HTTP status. Never throws.
 */
export function readErrorBody(body: string, httpStatus: number): FcmError | null {
  const error = jsonObject(body)?.['error'];
  if (!isObject(error)) return null;
  const { status, code = httpStatus } = error;
  if (typeof status !== 'string' || !Object.hasOwn(canonicalStatuses, status)) return null;
  if (canonicalStatuses[status] !== httpStatus || code !== httpStatus) return null;
  const details = listOf(error['details']);
  const ofType = (name: string) => details.filter((detail) => String(detail['@type']).endsWith(name));
  const violations = (name: string, key: string) => ofType(name).flatMap((detail) => listOf(detail[key]));
  return {
    errorCode: firstCode(ofType('.FcmError').map((detail) => detail['errorCode'])),
    status,
    message: textOf(error['message']),
    violatedFields: violations('.BadRequest', 'fieldViolations').map((violation) =>
      textOf(violation['field']),
    ),
    quotas: violations('.QuotaFailure', 'violations').map(
      (violation) => `${textOf(violation['subject'])} ${textOf(violation['description'])}`,
    ),
    infoReason: firstCode(ofType('.ErrorInfo').map((detail) => detail['reason'])),
  };
}

function listOf(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Codes become reasons and labels, so nothing else may pass for one. */
function firstCode(values: readonly unknown[]): string | null {
  const code = values.find((value) => typeof value === 'string' && /^[A-Z][A-Z0-9_]{1,63}$/.test(value));
  return typeof code === 'string' ? code : null;
}
