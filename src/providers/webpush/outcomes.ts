import type { Outcome } from '../../domain/outcome';
import type { ProviderResponse, Reading } from '../wire/exchange';
import { foreignAnswer, jsonObject, shown } from '../wire/foreign-answer';
import { retryAfterMs } from '../wire/retry-after';

/** What an answer is read with. */
export interface AnswerContext {
  readonly host: string;
  /** Its word on our credential counts. */
  readonly isNamed: boolean;
  /** The subscription may be of another key, which is tried next. */
  readonly hasOtherKey: boolean;
  /** The key that was used has been accepted here lately, so it is no wrong one. */
  readonly isKeyProven: boolean;
}

/** ntfy: nobody is subscribed to the topic, which its host or the phone can change (https://docs.ntfy.sh/publish/#limitations). */
const nobodySubscribed = 507;
const nobodySubscribedWaitMs = 10 * 60_000;

/**
 * The subscription was made with another VAPID key:
 * - Apple `VapidPkHashMismatch`, with 400 or 403
 * - Google "the VAPID credentials in the authorization header do not correspond to the credentials used to create the subscriptions"
 * - Mozilla errno 109 "VAPID public key mismatch" (https://mozilla-services.github.io/autopush-rs/errors.html)
 */
const otherKey =
  /VapidPkHashMismatch|UnauthorizedRegistration|do not correspond to the credentials|public key mismatch/i;
/** What a push service says of a VAPID token; another page with 401 or 403 is a proxy's. */
const ofCredential = /vapid|authoriz|credential|crypto-key|jwt|\baud\b/i;
const google = /(?:^|\.)google(?:apis)?\.com$/;

/**
 * Answers of the push services. RFC 8030 §5 and §8.4 have the statuses; beyond it:
 * - Google: https://firebase.google.com/docs/cloud-messaging/js/client
 * - Mozilla: https://mozilla-services.github.io/autopush-rs/errors.html
 * - Apple: https://developer.apple.com/documentation/usernotifications/sending-web-push-notifications-in-web-apps-and-browsers
 * - Microsoft: https://learn.microsoft.com/en-us/windows/apps/design/shell/tiles-and-notifications/push-request-response-headers
 */
export function readPushResponse(response: ProviderResponse, context: AnswerContext, nowMs: number): Reading {
  const { status, headers, body } = response;
  const isPage = /<(?:!doctype|html|head|title)/i.test(body.slice(0, 1024));
  const said = saidBy(response);
  if (otherKey.test(said)) return only(ofOtherKey(said, context));
  if (status >= 300 && status < 400) return only(foreignAnswer(response, nowMs));
  // Google's errors may be pages; whoever else answers with one is no push service.
  if (isPage && !(google.test(context.host) && (status < 401 || status > 403 || ofCredential.test(said))))
    return only(foreignAnswer(response, nowMs, status < 300));
  if (status >= 200 && status < 300) return only({ kind: 'accepted', receipt: receiptOf(headers) });
  switch (status) {
    case 404:
    case 410:
      return only({ kind: 'unregistered', reason: `gone_${String(status)}`, asOfMs: null });
    case 401:
    case 403:
      return { outcomes: [refusedCredential(said, context)], then: 'renew_credential' };
    case 406:
    case 429:
      return only({
        kind: 'throttled',
        reason: said,
        scope: 'device',
        retryAfterMs: retryAfterMs(headers, nowMs),
      });
    case 408:
      return only(unavailable(said, retryAfterMs(headers, nowMs)));
    case nobodySubscribed:
      return only(unavailable(said, nobodySubscribedWaitMs));
    default:
      if (status < 500) return only({ kind: 'rejected', reason: said, blame: 'payload' });
      if (body.trim() === '') return only(foreignAnswer(response, nowMs));
      return only(unavailable(said, retryAfterMs(headers, nowMs)));
  }
}

function only(outcome: Outcome): Reading {
  return { outcomes: [outcome], then: null };
}

/** It is kept with each push, and anybody may be a push service: none where it is longer than any of theirs. */
function receiptOf(headers: ProviderResponse['headers']): string {
  const receipt = headers['location'] ?? headers['apns-id'] ?? '';
  return receipt.length > longestReceipt ? '' : receipt;
}

/** Of a key that nobody has accepted yet, it is the key that is wrong, and no device may suffer for it. */
function ofOtherKey(reason: string, { hasOtherKey, isKeyProven, isNamed }: AnswerContext): Outcome {
  if (hasOtherKey) return { kind: 'rejected', reason, blame: 'device_token' };
  if (isKeyProven || !isNamed) return { kind: 'rejected', reason, blame: 'topic' };
  return { kind: 'misconfigured', reason };
}

/** Of a host that is only let in with all others, it is no reason to doubt our key. */
function refusedCredential(reason: string, { isNamed }: AnswerContext): Outcome {
  return isNamed ? { kind: 'misconfigured', reason } : { kind: 'rejected', reason, blame: 'topic' };
}

function unavailable(reason: string, retryMs: number | null): Outcome {
  return { kind: 'unavailable', reason, ambiguous: false, retryAfterMs: retryMs };
}

/** The push service's own word for what is wrong, without what could be the subscription's. */
function saidBy({ status, headers, body }: ProviderResponse): string {
  const description = headers['x-wns-error-description'] ?? headers['x-wns-status'];
  if (description !== undefined) return shown(description, longestReason);
  const object = jsonObject(body);
  if (object === null) {
    const text = shown(body.slice(0, 2_000).replace(/<[^>]*>?/g, ' '), longestReason);
    return text === '' ? `status ${String(status)}` : text;
  }
  const { reason, errno, code, message, error } = object;
  if (typeof reason === 'string') return shown(reason, longestReason);
  const number = [errno, code].find((value) => typeof value === 'number');
  const text = [message, error].find((value) => typeof value === 'string');
  const name = typeof errno === 'number' ? 'errno' : 'code';
  const parts = [
    ...(number === undefined ? [`status ${String(status)}`] : [`${name} ${String(number)}`]),
    ...(text === undefined ? [] : [shown(text, longestReason)]),
  ];
  return parts.join(': ');
}

const longestReason = 120;
const longestReceipt = 1_000;
