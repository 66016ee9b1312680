import type { Outcome } from '../../domain/outcome';
import type { ProviderResponse, Reading } from '../wire/exchange';
import { retryAfterMs } from '../wire/retry-after';

/** What a reason means; `voip` where it means something else for a VoIP push. */
type Verdict =
  | { readonly kind: 'unregistered' }
  | { readonly kind: 'rejected'; readonly blame: 'device_token' | 'topic' | 'payload' }
  | { readonly kind: 'throttled'; readonly scope: 'device' | 'project'; readonly then?: 'keep_credential' }
  | { readonly kind: 'unavailable'; readonly then?: 'refresh_connection' }
  | { readonly kind: 'misconfigured'; readonly then?: 'renew_credential' };

const payload: Verdict = { kind: 'rejected', blame: 'payload' };
const misconfigured: Verdict = { kind: 'misconfigured' };
const unavailable: Verdict = { kind: 'unavailable' };
const otherConnection: Verdict = { kind: 'unavailable', then: 'refresh_connection' };

/**
 * Every reason of
 * developer.apple.com/documentation/usernotifications/handling-notification-responses-from-apns.
 * A wrong topic is the whole app's fault, so it pauses the credential and loses nothing, where a rejection would drop
 * every push of the app.
 */
export const apnsReasons: Readonly<Record<string, Verdict>> = {
  BadCollapseId: payload,
  BadDeviceToken: { kind: 'rejected', blame: 'device_token' },
  BadExpirationDate: payload,
  BadMessageId: payload,
  BadPriority: payload,
  BadTopic: misconfigured,
  DeviceTokenNotForTopic: { kind: 'rejected', blame: 'topic' },
  DuplicateHeaders: payload,
  IdleTimeout: otherConnection,
  InvalidPushType: payload,
  MissingDeviceToken: payload,
  MissingTopic: misconfigured,
  PayloadEmpty: payload,
  TopicDisallowed: misconfigured,
  BadCertificate: misconfigured,
  BadCertificateEnvironment: misconfigured,
  BadEnvironmentKeyIdInToken: misconfigured,
  BadEnvironmentKeyInToken: misconfigured,
  ExpiredProviderToken: { kind: 'misconfigured', then: 'renew_credential' },
  Forbidden: misconfigured,
  InvalidProviderToken: misconfigured,
  MissingProviderToken: misconfigured,
  UnrelatedKeyIdInToken: otherConnection,
  BadPath: payload,
  MethodNotAllowed: payload,
  ExpiredToken: { kind: 'unregistered' },
  Unregistered: { kind: 'unregistered' },
  PayloadTooLarge: payload,
  TooManyProviderTokenUpdates: { kind: 'throttled', scope: 'project', then: 'keep_credential' },
  TooManyRequests: { kind: 'throttled', scope: 'device' },
  InternalServerError: unavailable,
  ServiceUnavailable: unavailable,
  Shutdown: otherConnection,
};

/** A credential may be good for the app's alerts and not for its VoIP topic: that must not stop the alerts. */
const voipReasons: Readonly<Record<string, Verdict>> = {
  BadTopic: { kind: 'rejected', blame: 'topic' },
  MissingTopic: { kind: 'rejected', blame: 'topic' },
  TopicDisallowed: { kind: 'rejected', blame: 'topic' },
};

function byStatus(status: number): Verdict {
  if (status === 410) return { kind: 'unregistered' };
  if (status === 401 || status === 403) return misconfigured;
  if (status === 429) return { kind: 'throttled', scope: 'device' };
  if (status === 408 || status === 421) return unavailable;
  if (status >= 400 && status < 500) return payload;
  return unavailable;
}

/** `deliveryId` is the receipt where a proxy on the way drops Apple's own `apns-id`. */
export function readApnsResponse(
  response: ProviderResponse,
  deliveryId: string,
  voip: boolean,
  nowMs: number,
): Reading {
  if (response.status === 200) {
    return { outcome: { kind: 'accepted', receipt: response.headers['apns-id'] ?? deliveryId }, then: null };
  }
  const body = parse(response.body);
  const said =
    typeof body['reason'] === 'string' && /^\w{1,64}$/.test(body['reason']) ? body['reason'] : null;
  const verdict = verdictOf(said, voip) ?? byStatus(response.status);
  const reason = said ?? `status_${response.status}`;
  return {
    outcome: toOutcome(verdict, reason, body['timestamp'], retryAfterMs(response.headers, nowMs)),
    then: ('then' in verdict ? verdict.then : null) ?? null,
  };
}

function verdictOf(reason: string | null, voip: boolean): Verdict | null {
  if (reason === null) return null;
  if (voip && Object.hasOwn(voipReasons, reason)) return voipReasons[reason] ?? null;
  return Object.hasOwn(apnsReasons, reason) ? (apnsReasons[reason] ?? null) : null;
}

function toOutcome(verdict: Verdict, reason: string, timestamp: unknown, retryMs: number | null): Outcome {
  switch (verdict.kind) {
    case 'unregistered':
      // Milliseconds, says Apple; anything that is no plausible time is no time.
      return {
        kind: 'unregistered',
        reason,
        asOfMs: typeof timestamp === 'number' && timestamp > 0 ? timestamp : null,
      };
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

function parse(body: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
