import { hash } from 'node:crypto';
import type { CallEnd } from '../../content/calls/call-end';
import type { Call } from '../../content/calls/render-call';
import { encodeBody, type CallEvent } from '../../domain/body';
import type { Clock } from '../../domain/clock';
import { endedCallKey, longestRingSeconds } from '../../shared/told-keys';
import type { Inbox } from '../../store/ports/inbox';
import type { SharedState } from '../../store/ports/shared-state';
import type { DecodedEvent } from './decoded-event';

export interface RingingCallsContext {
  readonly sharedState: Pick<SharedState, 'get' | 'set' | 'setIfAbsent'>;
  readonly inbox: Pick<Inbox, 'append'>;
  readonly makeId: () => string;
  readonly clock: Clock;
}

type Ring = Pick<Call, 'callId' | 'media'>;

interface RingEnd {
  readonly caller: string;
  readonly callee: string;
  readonly action: CallEvent['action'];
  /** Ms since the epoch. */
  readonly receivedAtMs: number;
}

/**
 * The call that rings last between two people, by caller and callee, in what all replicas share and for as long as it rings. A
 * command that ends a call names none, so this is how the relay finds it.
 */
export class RingingCalls {
  readonly #context: RingingCallsContext;

  constructor(context: RingingCallsContext) {
    this.#context = context;
  }

  /**
   * Of an invitation that came as a message. Resolves with those whose ringing has an end already, which was planned first. Rejects with
   * StoreUnavailableError.
   */
  async remember(
    { body, call, receivedAtMs }: DecodedEvent,
    uids: readonly string[],
  ): Promise<ReadonlySet<string>> {
    if (body.kind !== 'message' || call?.action !== 'invite') return new Set();
    const { sharedState, clock } = this.#context;
    const { fromUid, callId, media, endsAtMs } = call;
    const ttlMs = endsAtMs - clock.now();
    if (ttlMs <= 0) return new Set();
    const ring: Ring = { callId, media };
    await Promise.all(uids.map((uid) => sharedState.set(ringKey(fromUid, uid), JSON.stringify(ring), ttlMs)));
    const ends = await Promise.all(uids.map((uid) => sharedState.get(endKey(fromUid, uid))));
    // The end of an earlier call came before this invitation, or by a clock that was ahead and has been put right.
    const latestMs = clock.now() + clockSkewMs;
    const isEnded = (end: string | null | undefined): boolean =>
      Number(end ?? Number.NaN) >= receivedAtMs && Number(end) <= latestMs;
    return new Set(uids.filter((_, index) => isEnded(ends[index])));
  }

  /**
   * Tells the phones of the callee, as if the app server had told of it (POST /v1/calls). Of several copies each phone is told once.
   * Rejects with StoreUnavailableError.
   */
  async end({ fromUid, how }: CallEnd, uids: readonly string[], receivedAtMs: number): Promise<void> {
    const action = how === 'canceled' ? 'cancel' : 'answered';
    for (const uid of uids) {
      await this.#endRing({ caller: fromUid, callee: uid, action, receivedAtMs });
      // The callee's other phones.
      if (how === 'taken') await this.#endRing({ caller: uid, callee: fromUid, action, receivedAtMs });
    }
  }

  async #endRing({ caller, callee, action, receivedAtMs }: RingEnd): Promise<void> {
    const { sharedState, inbox, makeId, clock } = this.#context;
    // Before the look: of an invitation and its end that are planned at the same time, one sees the other.
    await sharedState.set(endKey(caller, callee), String(receivedAtMs), longestRingSeconds * 1000);
    const found = await sharedState.get(ringKey(caller, callee));
    if (found === null) return;
    const { callId, media } = JSON.parse(found) as Ring;
    await sharedState.setIfAbsent(endedCallKey(callId, callee), action, longestRingSeconds * 1000);
    const [id, atMs] = [makeId(), clock.now()];
    const call: CallEvent = { id, callId, action, fromUid: caller, media, atMs, ttlSeconds: null };
    await inbox.append({
      bodyId: id,
      lane: 'direct',
      receivedAtMs: atMs,
      body: encodeBody({ kind: 'call', call }),
      recipients: [[callee]],
    });
  }
}

/** Of two replicas. */
const clockSkewMs = 5_000;

/** A length stands before the parts, because ids may hold any separator that one could choose. */
function ringKey(caller: string, callee: string): string {
  return `ring:${hash('sha1', `${caller.length}:${caller}${callee}`, 'base64url')}`;
}

/** When the last end came. */
function endKey(caller: string, callee: string): string {
  return `${ringKey(caller, callee)}:end`;
}
