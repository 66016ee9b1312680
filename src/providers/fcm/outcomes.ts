import type { Outcome } from '../../domain/outcome';
import type { ProviderResponse, Reading } from '../wire/exchange';
import { tidyReason } from '../access-token/token-source';
import { foreignAnswer, jsonObject, mayBeJson } from '../wire/foreign-answer';
import { retryAfterMs } from '../wire/retry-after';
import { readErrorBody, type FcmError } from './error-body';

type Verdict = (error: FcmError, reason: string, retryMs: number | null) => Outcome;

const unavailable: Verdict = (_, reason, retryMs) => ({
  kind: 'unavailable',
  reason,
  ambiguous: false,
  retryAfterMs: retryMs,
});
const badPayload: Verdict = (_, reason) => ({ kind: 'rejected', reason, blame: 'payload' });
/** Google's own words say what to mend. */
const misconfigured: Verdict = (error, reason) => ({
  kind: 'misconfigured',
  reason: tidyReason(error.message === '' ? reason : `${reason}: ${error.message}`),
});

/** The token in the words of the two answers that Google is known to give for a malformed one. */
const namesToken = /not a valid FCM registration token|invalid registration token/i;

const invalidArgument: Verdict = (error, reason) => {
  const token =
    error.violatedFields.length === 0
      ? namesToken.test(error.message)
      : error.violatedFields.every(isTokenField);
  return { kind: 'rejected', reason, blame: token ? 'device_token' : 'payload' };
};

const quotaExceeded: Verdict = (error, reason, retryMs) => {
  const isDevice =
    error.quotas.length === 0
      ? /device/i.test(error.message)
      : error.quotas.every((quota) => /device|token/i.test(quota));
  return { kind: 'throttled', reason, scope: isDevice ? 'device' : 'project', retryAfterMs: retryMs };
};

/**
 * Every code of firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode.
 *
 * THIRD_PARTY_AUTH_ERROR: the project's APNs or WebPush credential is wrong, which concerns neither Android nor our own
 * credential, so pausing would stop too much; and a rejection would drop what works again once the Firebase console
 * holds the right key. So it is tried again later.
 */
export const fcmErrorCodes: Readonly<Record<string, Verdict>> = {
  UNREGISTERED: (_, reason) => ({ kind: 'unregistered', reason, asOfMs: null }),
  INVALID_ARGUMENT: invalidArgument,
  SENDER_ID_MISMATCH: (_, reason) => ({ kind: 'rejected', reason, blame: 'topic' }),
  QUOTA_EXCEEDED: quotaExceeded,
  THIRD_PARTY_AUTH_ERROR: unavailable,
  APNS_AUTH_ERROR: unavailable,
  UNAVAILABLE: unavailable,
  INTERNAL: unavailable,
};

/** Where no FcmError says more: Google's canonical statuses. */
function byStatus(status: number, error: FcmError): Verdict {
  if (status === 400) return error.status === 'INVALID_ARGUMENT' ? invalidArgument : badPayload;
  if (status === 401 || status === 403) return misconfigured;
  if (status === 404)
    return isUnknownToken(error)
      ? (_, reason) => ({ kind: 'rejected', reason, blame: 'topic' })
      : misconfigured;
  if (status === 429) return quotaExceeded;
  if (status === 405 || status === 411 || status === 413) return badPayload;
  return unavailable;
}

/**
 * Without FcmError a 404 is no proof that a token is dead: it is also what a wrong project gets. So Google's sentence for
 * a missing token forgets none, which would wipe a fleet; five times in a row suspend the device.
 */
function isUnknownToken(error: FcmError): boolean {
  return error.status === 'NOT_FOUND' && error.message === 'Requested entity was not found.';
}

function isTokenField(field: string): boolean {
  return field === 'message.token' || field === 'token';
}

/** The HTTP status that FCM's own codes come with, where one of them ends a delivery for good. */
const statusOfCode: Readonly<Record<string, number>> = {
  UNREGISTERED: 404,
  SENDER_ID_MISMATCH: 403,
  INVALID_ARGUMENT: 400,
};

/**
 * An answer counts only if Google could have given it: success names the message in our project, an error is Google's JSON
 * with a canonical status that fits. Whatever stands in front of FCM says nothing of a device, a payload or a credential.
 */
export function readFcmResponse(response: ProviderResponse, projectId: string, nowMs: number): Reading {
  if (response.status === 200) return { outcomes: [accepted(response, projectId, nowMs)], then: null };
  const error = mayBeJson(response.headers) ? readErrorBody(response.body, response.status) : null;
  if (error === null || !fits(error, response.status))
    return { outcomes: [foreignAnswer(response, nowMs)], then: null };
  const known = error.errorCode !== null && Object.hasOwn(fcmErrorCodes, error.errorCode);
  const verdict = known ? fcmErrorCodes[error.errorCode] : undefined;
  const reason = error.errorCode ?? error.infoReason ?? error.status;
  const outcome = (verdict ?? byStatus(response.status, error))(
    error,
    reason,
    retryAfterMs(response.headers, nowMs),
  );
  // With FcmError it is the project's credential at Apple; without, it is our access token.
  const isOurToken = response.status === 401 && error.errorCode === null;
  return { outcomes: [outcome], then: isOurToken ? 'renew_credential' : null };
}

function fits({ errorCode }: FcmError, status: number): boolean {
  return errorCode === null || (statusOfCode[errorCode] ?? status) === status;
}

/** `{"name": "projects/{project}/messages/{id}"}`. What is nearly that may be Google's, spoilt on the way. */
function accepted(response: ProviderResponse, projectId: string, nowMs: number): Outcome {
  const answer = mayBeJson(response.headers) ? jsonObject(response.body) : null;
  const name = answer?.['name'];
  if (typeof name === 'string' && isMessageOf(name, projectId)) return { kind: 'accepted', receipt: name };
  const isNear = response.body === '' || (answer !== null && (name !== undefined || isEmpty(answer)));
  return foreignAnswer(response, nowMs, isNear);
}

const messageName = /^projects\/([^/]+)\/messages\/[\x21-\x7e]{1,200}$/;

function isMessageOf(name: string, projectId: string): boolean {
  const project = messageName.exec(name)?.[1];
  return project === projectId || project === encodeURIComponent(projectId);
}

function isEmpty(answer: object): boolean {
  return Object.keys(answer).length === 0;
}
