import type { Outcome } from '../../domain/outcome';
import type { ProviderResponse, Reading } from '../wire/exchange';
import { foreignAnswer, jsonObject, mayBeJson } from '../wire/foreign-answer';
import { retryAfterMs } from '../wire/retry-after';

/** What a reason means; `voip` where it means something else for a VoIP push. */
type Verdict =
  | { readonly kind: 'unregistered' }
  | { readonly kind: 'rejected'; readonly blame: 'device_token' | 'topic' | 'payload' }
  | { readonly kind: 'throttled'; readonly scope: 'device' | 'project'; readonly then?: 'keep_credential' }
  | { readonly kind: 'unavailable'; readonly then?: 'refresh_connection' }
  | { readonly kind: 'misconfigured'; readonly then?: 'renew_credential' | 'replace_credential' };

const payload: Verdict = { kind: 'rejected', blame: 'payload' };
const misconfigured: Verdict = { kind: 'misconfigured' };
const unavailable: Verdict = { kind: 'unavailable' };
const otherConnection: Verdict = { kind: 'unavailable', then: 'refresh_connection' };

/**
 * Every reason, with the status that it comes with, of
 * developer.apple.com/documentation/usernotifications/handling-notification-responses-from-apns.
 * A wrong topic is the whole app's fault, so it pauses the credential and loses nothing, where a rejection would drop
 * every push of the app.
 */
export const apnsReasons: Readonly<Record<string, readonly [status: number, verdict: Verdict]>> = {
  BadCollapseId: [400, payload],
  BadDeviceToken: [400, { kind: 'rejected', blame: 'device_token' }],
  BadExpirationDate: [400, payload],
  BadMessageId: [400, payload],
  BadPriority: [400, payload],
  BadTopic: [400, misconfigured],
  DeviceTokenNotForTopic: [400, { kind: 'rejected', blame: 'topic' }],
  DuplicateHeaders: [400, payload],
  IdleTimeout: [400, otherConnection],
  InvalidPushType: [400, payload],
  MissingDeviceToken: [400, payload],
  MissingTopic: [400, misconfigured],
  PayloadEmpty: [400, payload],
  TopicDisallowed: [400, misconfigured],
  BadCertificate: [403, misconfigured],
  BadCertificateEnvironment: [403, misconfigured],
  BadEnvironmentKeyIdInToken: [403, misconfigured],
  BadEnvironmentKeyInToken: [403, misconfigured],
  ExpiredProviderToken: [403, { kind: 'misconfigured', then: 'renew_credential' }],
  Forbidden: [403, misconfigured],
  // Also Apple's answer to a token from the future, which a clock that was ahead has issued.
  InvalidProviderToken: [403, { kind: 'misconfigured', then: 'replace_credential' }],
  MissingProviderToken: [403, misconfigured],
  UnrelatedKeyIdInToken: [403, otherConnection],
  BadPath: [404, payload],
  MethodNotAllowed: [405, payload],
  ExpiredToken: [410, { kind: 'unregistered' }],
  Unregistered: [410, { kind: 'unregistered' }],
  PayloadTooLarge: [413, payload],
  TooManyProviderTokenUpdates: [429, { kind: 'throttled', scope: 'project', then: 'keep_credential' }],
  TooManyRequests: [429, { kind: 'throttled', scope: 'device' }],
  InternalServerError: [500, unavailable],
  ServiceUnavailable: [503, unavailable],
  Shutdown: [503, otherConnection],
};

/** A credential may be good for the app's alerts and not for its VoIP topic: that must not stop the alerts. */
const voipReasons: Readonly<Record<string, Verdict>> = {
  BadTopic: { kind: 'rejected', blame: 'topic' },
  MissingTopic: { kind: 'rejected', blame: 'topic' },
  TopicDisallowed: { kind: 'rejected', blame: 'topic' },
};

/** What a reason that is newer than the table means; Apple answers with no other status than these. */
const verdictsByStatus: Readonly<Record<number, Verdict>> = {
  400: payload,
  403: misconfigured,
  404: payload,
  405: payload,
  410: { kind: 'unregistered' },
  413: payload,
  429: { kind: 'throttled', scope: 'device' },
  500: unavailable,
  503: unavailable,
};

const uuid = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;
/** Apple's own are words put together, such as BadDeviceToken. */
const reasonShape = /^[A-Z][A-Za-z]{2,63}$/;
/** APNs is younger than this, so no device token has died before. */
const firstTimestampMs = Date.UTC(2009, 0, 1);

/**
 * Reads the answers of one APNs environment. An answer counts only if Apple could have given it: whatever stands in
 * front of APNs answers with pages, JSON and statuses of its own, which say nothing of a device or a payload.
 *
 * unknown → echoes, once an answer has brought back the `apns-id` of its request, as Apple says it does: from then on another
 * one is no answer to this request.
 */
export class ApnsAnswers {
  #echoes = false;

  read(response: ProviderResponse, deliveryId: string, voip: boolean, nowMs: number): Reading {
    const idFits = this.#idFits(response.headers['apns-id'], deliveryId);
    if (response.status === 200) return { outcomes: [accepted(response, idFits, nowMs)], then: null };
    const said = idFits === false ? null : refusalOf(response);
    const verdict = said === null ? null : verdictOf(response.status, said.reason, voip);
    if (said === null || verdict === null) return { outcomes: [foreignAnswer(response, nowMs)], then: null };
    const retryMs = retryAfterMs(response.headers, nowMs);
    return {
      outcomes: [toOutcome(verdict, said.reason, Math.min(said.timestampMs ?? nowMs, nowMs), retryMs)],
      then: ('then' in verdict ? verdict.then : null) ?? null,
    };
  }

  /** Null without an id. */
  #idFits(apnsId: string | undefined, deliveryId: string): boolean | null {
    if (apnsId === undefined) return null;
    if (apnsId.toLowerCase() === deliveryId.toLowerCase()) return (this.#echoes = true);
    return !this.#echoes && uuid.test(apnsId);
  }
}

/** An empty 200 without a fitting id may be Apple's, whose header a proxy has dropped. */
function accepted(response: ProviderResponse, idFits: boolean | null, nowMs: number): Outcome {
  const { headers, body } = response;
  if (body === '' && idFits === true) return { kind: 'accepted', receipt: headers['apns-id'] ?? '' };
  return foreignAnswer(response, nowMs, body === '' || idFits === true);
}

interface Refusal {
  readonly reason: string;
  readonly timestampMs: number | null;
}

/** Null for what is not Apple's: its JSON has a `reason`, with 410 a `timestamp`, and nothing else. */
function refusalOf({ status, headers, body }: ProviderResponse): Refusal | null {
  const answer = mayBeJson(headers) ? jsonObject(body) : null;
  if (answer === null) return null;
  const { reason, timestamp } = answer;
  if (typeof reason !== 'string' || !reasonShape.test(reason)) return null;
  // Other services name a `reason`, too; only Apple also brings back the id.
  const others = Object.keys(answer).some((name) => name !== 'reason' && name !== 'timestamp');
  if (others && headers['apns-id'] === undefined) return null;
  const timestampMs = typeof timestamp === 'number' && timestamp >= firstTimestampMs ? timestamp : null;
  return status === 410 && timestampMs === null ? null : { reason, timestampMs };
}

function verdictOf(status: number, reason: string, voip: boolean): Verdict | null {
  const known = Object.hasOwn(apnsReasons, reason) ? apnsReasons[reason] : undefined;
  if (known === undefined) return verdictsByStatus[status] ?? null;
  const [itsStatus, verdict] = known;
  if (itsStatus !== status) return null;
  return (voip && Object.hasOwn(voipReasons, reason) ? voipReasons[reason] : undefined) ?? verdict;
}

function toOutcome(verdict: Verdict, reason: string, asOfMs: number, retryMs: number | null): Outcome {
  switch (verdict.kind) {
    case 'unregistered':
      return { kind: 'unregistered', reason, asOfMs };
    case 'rejected':
      return { kind: 'rejected', reason, blame: verdict.blame };
    case 'throttled':
      return { kind: 'throttled', reason, scope: verdict.scope, retryAfterMs: retryMs };
    case 'unavailable':
      return { kind: 'unavailable', reason, ambiguous: false, retryAfterMs: retryMs };
    case 'misconfigured':
      return { kind: 'misconfigured', reason };
    default:
      return verdict satisfies never;
  }
}
