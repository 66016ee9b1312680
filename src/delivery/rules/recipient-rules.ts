import type { Recipient } from '../../domain/people';
import { isCall, isHeeded, isMentioned, type Rule } from './rule';

const hasDevice: Rule<Recipient> = (_, { devices }) => (devices.length === 0 ? 'no_device' : 'send');

/** Everything until a time, but for calls that may break quiet hours. What came in that time is not pushed after it either. */
const notAllMuted: Rule<Recipient> = (message, { preferences }) => {
  if (preferences === null || preferences.mutedUntilMs === null) return 'send';
  if (message.receivedAtMs >= preferences.mutedUntilMs || !isHeeded(message)) return 'send';
  return isCall(message) && preferences.quietHours?.allowCalls === true ? 'send' : 'muted';
};

/** A conversation, for good or until a time. Who calls there rings all the same. */
const notMuted: Rule<Recipient> = (message, { uid, mute }) => {
  if (mute === null || (mute.untilMs !== null && message.receivedAtMs >= mute.untilMs)) return 'send';
  if (isCall(message) || (mute.allowMentions && isMentioned(message, uid))) return 'send';
  return 'muted';
};

/** Whether it counts for this message and this user is decided where WuKongIM is asked. */
const notOnline: Rule<Recipient> = (_, { isOnline }) => (isOnline === true ? 'online' : 'send');

/** Of what the store, and WuKongIM, say of a recipient. */
export const recipientRules: readonly Rule<Recipient>[] = [hasDevice, notAllMuted, notMuted, notOnline];
