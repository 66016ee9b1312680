import { conversationId } from '../../domain/message';
import type { ClaimedDelivery } from '../../store/ports/retries';
import type { Deadlines } from '../plan/deadlines';
import type { Works } from '../plan/work';

/**
 * After an outage a conversation with many old messages rings once: of those that are late for one device the newest
 * goes out, and older ones, whether they come due with it or after it, are superseded by it.
 *
 * Remembers the newest of each late conversation; beyond its bound it forgets the oldest, which then rings once more.
 */
export class LateConversations {
  /** By device and conversation: reception of the newest that was let through. */
  readonly #newest = new Map<string, number>();

  constructor(
    private readonly works: Pick<Works, 'read'>,
    private readonly deadlines: Pick<Deadlines, 'of' | 'nowMs'>,
  ) {}

  /** Of deliveries that come due together, those that need not go out. */
  superseded(claimed: readonly ClaimedDelivery[]): ReadonlySet<ClaimedDelivery> {
    const lateBeforeMs = this.deadlines.nowMs() - lateAfterMs;
    const late: { readonly one: ClaimedDelivery; readonly key: string }[] = [];
    for (const one of claimed) {
      if (one.pending.receivedAtMs > lateBeforeMs) continue;
      const key = this.#keyOf(one);
      if (key === null) continue;
      late.push({ one, key });
      this.#remember(key, one.pending.receivedAtMs);
    }
    const superseded = late.filter(
      ({ one, key }) => one.pending.receivedAtMs < (this.#newest.get(key) ?? -Infinity),
    );
    return new Set(superseded.map(({ one }) => one));
  }

  #remember(key: string, receivedAtMs: number): void {
    const newest = Math.max(this.#newest.get(key) ?? receivedAtMs, receivedAtMs);
    this.#newest.delete(key);
    this.#newest.set(key, newest);
    if (this.#newest.size > conversationsKept) this.#newest.delete(this.#newest.keys().next().value ?? '');
  }

  /** Null for what belongs to no conversation. */
  #keyOf({ pending, body }: ClaimedDelivery): string | null {
    try {
      const work = this.works.read(pending.bodyId, body, pending.receivedAtMs);
      // What has expired goes nowhere, and is a dead letter of its own.
      if (work.body.kind !== 'message' || this.deadlines.of(work.deadlineMs) !== 'live') return null;
      const { message } = work.body;
      return JSON.stringify([pending.uid, pending.deviceId, message.channelType, conversationId(message)]);
    } catch {
      return null;
    }
  }
}

const lateAfterMs = 120_000;
const conversationsKept = 50_000;
