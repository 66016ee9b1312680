import type { Clock } from '../../domain/clock';
import { conversationId } from '../../domain/message';
import type { PendingDelivery } from '../../domain/pending-delivery';
import type { ClaimedDelivery } from '../../store/ports/retries';
import type { Deadlines } from '../../shared/deadlines';
import type { DecodedEvent } from '../plan/decoded-event';
import type { DeliveryResult } from '../send/planned-delivery';

/** go: it is attempted. superseded: a newer one has reached the phone. untilMs: it waits for the fate of a newer one. */
export type LateVerdict = 'go' | 'superseded' | { readonly untilMs: number };

interface Due {
  readonly one: ClaimedDelivery;
  readonly event: DecodedEvent;
}

/** One conversation on one device. */
interface Conversation {
  /** Reception of the newest that the provider accepted. */
  acceptedMs: number;
  /** Reception of the newest that is being attempted, -Infinity where none is; and when its next attempt is due. */
  attemptedMs: number;
  dueAtMs: number;
}

/**
 * After an outage a conversation with many old messages rings once: of those that are late for one device the newest goes out.
 * Older ones wait for it. They are superseded when it is accepted; when it ends in another way, the newest of them is next.
 *
 * Bounded: beyond that the conversation looked at the longest ago is forgotten, which then rings once more.
 */
export class LateConversations {
  readonly #conversations = new Map<string, Conversation>();
  readonly #deadlines: Pick<Deadlines, 'of' | 'nowMs'>;
  readonly #clock: Pick<Clock, 'monotonicMs'>;

  constructor(deadlines: Pick<Deadlines, 'of' | 'nowMs'>, clock: Pick<Clock, 'monotonicMs'>) {
    this.#deadlines = deadlines;
    this.#clock = clock;
  }

  /** For deliveries that come due together, in their order. */
  judge(due: readonly Due[]): LateVerdict[] {
    const lateBeforeMs = this.#deadlines.nowMs() - lateAfterMs;
    const conversations = due.map(({ one: { pending }, event }) => {
      if (pending.receivedAtMs > lateBeforeMs) return null;
      // What has expired goes nowhere, and is a dead letter of its own.
      if (this.#deadlines.of(event.deadlineMs) !== 'live') return null;
      const key = keyOf(pending, event);
      return key === null ? null : this.#attempt(key, pending.receivedAtMs);
    });
    const againMs = this.#clock.monotonicMs() + lookAgainMs;
    return due.map(({ one: { pending } }, index) => {
      const conversation = conversations[index] ?? null;
      if (conversation === null) return 'go';
      if (pending.receivedAtMs < conversation.acceptedMs) return 'superseded';
      if (pending.receivedAtMs >= conversation.attemptedMs) return 'go';
      return { untilMs: Math.max(againMs, conversation.dueAtMs) };
    });
  }

  /** A delivery that was judged has its result. */
  ended(pending: PendingDelivery, event: DecodedEvent, result: DeliveryResult): void {
    if (this.#conversations.size === 0) return;
    const key = keyOf(pending, event);
    const conversation = key === null ? undefined : this.#conversations.get(key);
    if (conversation === undefined || conversation.attemptedMs !== pending.receivedAtMs) return;
    if (result.kind === 'accepted') conversation.acceptedMs = pending.receivedAtMs;
    if (result.kind === 'pending' && !result.pending.parked) conversation.dueAtMs = result.pending.dueAtMs;
    else conversation.attemptedMs = -Infinity;
  }

  #attempt(key: string, receivedAtMs: number): Conversation {
    const known = this.#conversations.get(key);
    const conversation = known ?? { acceptedMs: -Infinity, attemptedMs: -Infinity, dueAtMs: -Infinity };
    if (receivedAtMs > conversation.attemptedMs && receivedAtMs >= conversation.acceptedMs) {
      conversation.attemptedMs = receivedAtMs;
      conversation.dueAtMs = -Infinity;
    }
    this.#conversations.delete(key);
    this.#conversations.set(key, conversation);
    if (this.#conversations.size > conversationsKept)
      this.#conversations.delete(this.#conversations.keys().next().value ?? '');
    return conversation;
  }
}

/** Null for what belongs to no conversation, and for a recall: it makes no sound, and stands for none of the messages before it. */
function keyOf({ uid, deviceId }: PendingDelivery, { body, content }: DecodedEvent): string | null {
  if (body.kind !== 'message' || (content?.recall ?? null) !== null) return null;
  return JSON.stringify([uid, deviceId, body.message.channelType, conversationId(body.message)]);
}

const lateAfterMs = 120_000;
/** Between two looks at a delivery that waits for the fate of a newer one. */
const lookAgainMs = 2_000;
const conversationsKept = 50_000;
