import { hash } from 'node:crypto';
import type { Conversation } from '../domain/people';

/*
 * The names under which replicas share what app servers tell. Lengths stand before the parts, because ids may hold any separator that
 * one could choose.
 */

/** That a call rings no longer for a recipient. */
export function endedCallKey(callId: string, uid: string): string {
  return `call:${hash('sha1', `${callId.length}:${callId}${uid}`, 'base64url')}`;
}

/** No call rings longer, so its end need not be known longer. */
export const longestRingSeconds = 3600;

/** Up to where a user has read a conversation: a `ReadMark` as JSON. */
export function readKey(uid: string, { channelType, channelId }: Conversation): string {
  return `read:${hash('sha1', `${channelType}:${uid.length}:${uid}${channelId}`, 'base64url')}`;
}

/** What has a sequence up to `upToSeq`, and all that was there at `allAtMs`. 0: nothing was told of it. */
export interface ReadMark {
  readonly upToSeq: number;
  readonly allAtMs: number;
}
