import type { Outcome } from '../../domain/outcome';
import { fcmErrorCodes } from './outcomes';

/**
 * What firebase-admin makes of Google's error codes: https://firebase.google.com/docs/cloud-messaging/error-codes. It gives one
 * code to several of them, and drops the rest of the answer but the message.
 */
const codes: Readonly<Record<string, string>> = {
  'messaging/registration-token-not-registered': 'UNREGISTERED',
  'messaging/invalid-argument': 'INVALID_ARGUMENT',
  'messaging/mismatched-credential': 'SENDER_ID_MISMATCH',
  'messaging/message-rate-exceeded': 'QUOTA_EXCEEDED',
  'messaging/third-party-auth-error': 'THIRD_PARTY_AUTH_ERROR',
  'messaging/server-unavailable': 'UNAVAILABLE',
  'messaging/internal-error': 'INTERNAL',
};

/** Google's words for our own credential, which the SDK gives the code of another's. */
const ownCredential = /authentication credential|access token|permission/i;

/** Null for what is no answer of Google's. */
export function outcomeOfSdkError(code: string, message: string): Outcome | null {
  const errorCode = codes[code];
  if (errorCode === undefined) {
    // The SDK refuses a message itself before it sends it.
    if (/^messaging\/invalid-(?!apns)/.test(code))
      return { kind: 'rejected', reason: code, blame: 'payload' };
    return code === 'messaging/authentication-error' ? { kind: 'misconfigured', reason: code } : null;
  }
  const mayBeOurs = errorCode === 'SENDER_ID_MISMATCH' || errorCode === 'THIRD_PARTY_AUTH_ERROR';
  if (mayBeOurs && ownCredential.test(message))
    return { kind: 'misconfigured', reason: message.slice(0, 200) };
  const nothing = { violatedFields: [], quotas: [], infoReason: null, status: '' };
  return fcmErrorCodes[errorCode]?.({ errorCode, message, ...nothing }, errorCode, null) ?? null;
}
