import { hash } from 'node:crypto';

/**
 * The name under which replicas share that a call rings no longer for a recipient. Lengths stand before the parts, because ids may
 * hold any separator that one could choose.
 */
export function endedCallKey(callId: string, uid: string): string {
  return `call:${hash('sha1', `${callId.length}:${callId}${uid}`, 'base64url')}`;
}

/** No call rings longer, so its end need not be known longer. */
export const longestRingSeconds = 3600;
