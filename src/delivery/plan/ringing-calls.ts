import { hash } from 'node:crypto';
import type { CallEnd } from '../../content/calls/call-end';
import type { Call } from '../../content/calls/render-call';
import { encodeBody, type CallEvent } from '../../domain/body';
import type { Clock } from '../../domain/clock';
import { endedCallKey, longestRingSeconds } from '../../shared/ended-call';
import type { Inbox } from '../../store/ports/inbox';
import type { SharedState } from '../../store/ports/shared-state';
import type { DecodedEvent } from './decoded-event';

export interface RingingCallsContext {
  readonly sharedState: Pick<SharedState, 'get' | 'set'>;
  readonly inbox: Pick<Inbox, 'append'>;
  readonly makeId: () => string;
  readonly clock: Clock;
}

type Ring = Pick<Call, 'callId' | 'media'>;

/**
 * The call that rings last between two people, by caller and callee, in what all replicas share and for as long as it rings. A
 * command that ends a call names none, so this is how the relay finds it.
 */
export class RingingCalls {
  readonly #context: RingingCallsContext;

  constructor(context: RingingCallsContext) {
    this.#context = context;
  }

  /** Of an invitation that came as a message. Rejects with StoreUnavailableError. */
  async remember({ body, call }: DecodedEvent, uids: readonly string[]): Promise<void> {
    if (body.kind !== 'message' || call?.action !== 'invite') return;
    const { sharedState, clock } = this.#context;
    const { fromUid, callId, media, endsAtMs } = call;
    const ttlMs = endsAtMs - clock.now();
    if (ttlMs <= 0) return;
    const ring: Ring = { callId, media };
    await Promise.all(uids.map((uid) => sharedState.set(ringKey(fromUid, uid), JSON.stringify(ring), ttlMs)));
  }

  /**
   * Tells the phones of the callee, as if the app server had told of it (POST /v1/calls). Of several copies each phone is told once.
   * Rejects with StoreUnavailableError.
   */
  async end({ fromUid, how }: CallEnd, uids: readonly string[]): Promise<void> {
    for (const uid of uids) {
      await this.#endRing(fromUid, uid, how === 'canceled' ? 'cancel' : 'answered');
      // The callee's other phones.
      if (how === 'taken') await this.#endRing(uid, fromUid, 'answered');
    }
  }

  async #endRing(caller: string, callee: string, action: CallEvent['action']): Promise<void> {
    const { sharedState, inbox, makeId, clock } = this.#context;
    const found = await sharedState.get(ringKey(caller, callee));
    if (found === null) return;
    const { callId, media } = JSON.parse(found) as Ring;
    await sharedState.set(endedCallKey(callId, callee), action, longestRingSeconds * 1000);
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

/** A length stands before the parts, because ids may hold any separator that one could choose. */
function ringKey(caller: string, callee: string): string {
  return `ring:${hash('sha1', `${caller.length}:${caller}${callee}`, 'base64url')}`;
}
