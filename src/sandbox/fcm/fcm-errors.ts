import type { WireAnswer } from '../fake-provider';

/** A `google.rpc.Status` as FCM sends it. */
export interface FcmFailure {
  readonly ok: false;
  readonly httpStatus: number;
  readonly status: string;
  readonly message: string;
  /** Of `FcmError`; absent where Google's front end answers and not FCM. */
  readonly errorCode?: FcmErrorCode;
  readonly violations?: readonly FieldViolation[];
  readonly details?: readonly object[];
  readonly headers?: Readonly<Record<string, string>>;
}

export interface FieldViolation {
  readonly field?: string;
  readonly description: string;
}

/**
 * HTTP status, canonical status and message of every FCM error code.
 * @see https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode
 */
export const fcmErrors = {
  UNSPECIFIED_ERROR: { httpStatus: 500, status: 'UNKNOWN', message: 'Unknown error.' },
  INVALID_ARGUMENT: {
    httpStatus: 400,
    status: 'INVALID_ARGUMENT',
    message: 'The registration token is not a valid FCM registration token',
  },
  UNREGISTERED: { httpStatus: 404, status: 'NOT_FOUND', message: 'Requested entity was not found.' },
  SENDER_ID_MISMATCH: { httpStatus: 403, status: 'PERMISSION_DENIED', message: 'SenderId mismatch' },
  QUOTA_EXCEEDED: {
    httpStatus: 429,
    status: 'RESOURCE_EXHAUSTED',
    message: 'Resource has been exhausted (e.g. check quota).',
  },
  UNAVAILABLE: { httpStatus: 503, status: 'UNAVAILABLE', message: 'The service is currently unavailable.' },
  INTERNAL: { httpStatus: 500, status: 'INTERNAL', message: 'Internal error encountered.' },
  THIRD_PARTY_AUTH_ERROR: {
    httpStatus: 401,
    status: 'UNAUTHENTICATED',
    message: 'Auth error from APNS or Web Push Service',
  },
} as const;

export type FcmErrorCode = keyof typeof fcmErrors;

export function isFcmErrorCode(text: string): text is FcmErrorCode {
  return Object.hasOwn(fcmErrors, text);
}

export function fcmFailure(errorCode: FcmErrorCode): FcmFailure {
  return { ok: false, errorCode, ...fcmErrors[errorCode] };
}

/** The request itself is wrong, whatever its device. */
export function badRequest(
  message: string,
  violations: readonly FieldViolation[],
  errorCode?: FcmErrorCode,
): FcmFailure {
  const code = errorCode === undefined ? {} : { errorCode };
  return { ok: false, httpStatus: 400, status: 'INVALID_ARGUMENT', message, violations, ...code };
}

/** Google's front end refuses the OAuth token; no FcmError tells it from a failure of FCM's own. */
export function unauthenticated(
  reason: 'CREDENTIALS_MISSING' | 'ACCESS_TOKEN_EXPIRED' | 'ACCESS_TOKEN_TYPE_UNSUPPORTED',
): FcmFailure {
  const what =
    reason === 'CREDENTIALS_MISSING'
      ? 'Request is missing required authentication credential.'
      : 'Request had invalid authentication credentials.';
  const service = 'fcm.googleapis.com';
  const metadata = { method: 'google.firebase.fcm.v1.FcmService.SendMessage', service };
  return {
    ok: false,
    httpStatus: 401,
    status: 'UNAUTHENTICATED',
    message: `${what} Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.`,
    details: [errorInfo(reason, metadata)],
    headers: {
      'www-authenticate':
        reason === 'CREDENTIALS_MISSING'
          ? 'Bearer realm="https://accounts.google.com/"'
          : 'Bearer realm="https://accounts.google.com/", error="invalid_token"',
    },
  };
}

export function permissionDenied(projectId: string): FcmFailure {
  const permission = 'cloudmessaging.messages.create';
  const resource = `//cloudresourcemanager.googleapis.com/projects/${projectId}`;
  return {
    ok: false,
    httpStatus: 403,
    status: 'PERMISSION_DENIED',
    message: `Permission '${permission}' denied on resource '${resource}' (or it may not exist).`,
    details: [errorInfo('IAM_PERMISSION_DENIED', { permission, resource })],
  };
}

export function toFcmWire(failure: FcmFailure): WireAnswer {
  const { httpStatus, status, message, errorCode, violations, details = [] } = failure;
  const all = [
    ...(errorCode === undefined
      ? []
      : [{ '@type': 'type.googleapis.com/google.firebase.fcm.v1.FcmError', errorCode }]),
    ...(violations === undefined
      ? []
      : [{ '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations: violations }]),
    ...details,
  ];
  const error = { code: httpStatus, message, status, ...(all.length === 0 ? {} : { details: all }) };
  return {
    status: httpStatus,
    headers: { ...jsonHeaders, ...failure.headers },
    body: JSON.stringify({ error }),
  };
}

export const jsonHeaders: Readonly<Record<string, string>> = {
  'content-type': 'application/json; charset=UTF-8',
};

/** What Google's front end answers to a path that it does not know. */
export const notFoundPage: WireAnswer = {
  status: 404,
  headers: { 'content-type': 'text/html; charset=UTF-8' },
  body: '<!DOCTYPE html>\n<html lang=en>\n  <title>Error 404 (Not Found)!!1</title>\n  <p><b>404.</b> <ins>That’s an error.</ins>\n',
};

function errorInfo(reason: string, metadata: Readonly<Record<string, string>>): object {
  return { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason, domain: 'googleapis.com', metadata };
}
