/*
 * Open this file first: who gets a push is decided by rules, which are functions of what is known of the message, of one recipient, and
 * of the time. `message-rules.ts` needs nothing but the uid and runs before the store is asked. `recipient-rules.ts` needs what the
 * store knows of the recipient, `device-rules.ts` one device and the time in its zone (`zone-clock.ts`). `device-address.ts` chooses
 * the device token. All of them run when an entry is planned, and again before every later attempt.
 */

import { mentionOf } from '../../content/audience';
import type { Call } from '../../content/calls/render-call';
import type { MessageContent } from '../../content/message-content';
import type { WorkBody } from '../../domain/body';
import type { RecipientResult } from '../../domain/recipient-result';

/** To add one: a function in one of the lists, and what it needs as a field of `Recipient`, which the store reads for many at a time. */
export type Rule<Recipient> = (message: MessageFacts, recipient: Recipient, now: Moment) => Verdict;

/** `send`, or why not. */
export type Verdict = 'send' | RecipientResult;

/** What is known of a message, for all of its recipients. */
export interface MessageFacts {
  readonly body: WorkBody;
  /** Null for what the app server itself brings: a push of its own, a call. */
  readonly content: MessageContent | null;
  /** Not null: it rings, or ends a ringing. */
  readonly call: Call | null;
  /** Ms since the epoch, as the deadline. */
  readonly receivedAtMs: number;
  readonly deadlineMs: number;
}

/** Both in ms since the epoch. */
export interface Moment {
  /** By the wall clock. */
  readonly wallMs: number;
  /** What nobody doubts: the time is this, or later. */
  readonly certainMs: number;
}

/** It rings, or ends a ringing. */
export function isCall({ call }: MessageFacts): boolean {
  return call !== null;
}

export function isMentioned({ content }: MessageFacts, uid: string): boolean {
  return content !== null && mentionOf(content, uid) !== 'none';
}

/** Users mute and silence messages. A push of the app server's own is for all whom it names, unless it says otherwise. */
export function isHeeded({ body }: MessageFacts): boolean {
  return body.kind !== 'push' || body.push.respectPreferences === true;
}

/** The first verdict that is not `send`, in the order of the rules. */
export function judge<Recipient>(
  rules: readonly Rule<Recipient>[],
  message: MessageFacts,
  recipient: Recipient,
  now: Moment,
): Verdict {
  for (const rule of rules) {
    const verdict = rule(message, recipient, now);
    if (verdict !== 'send') return verdict;
  }
  return 'send';
}
