import { endedCallKey } from '../../shared/told-keys';
import type { SharedState } from '../../store/ports/shared-state';
import type { DecodedEvent } from './decoded-event';

/**
 * Which calls are over for whom: an invitation came to nothing before it was sent, because the caller gave up or another device of the
 * recipient answered; or the call has ended in another way before. The first end counts: who answered has missed nothing.
 */
export class EndedCalls {
  readonly #sharedState: Pick<SharedState, 'get'>;

  constructor(sharedState: Pick<SharedState, 'get'>) {
    this.#sharedState = sharedState;
  }

  /** For each uid, in order. Rejects with StoreUnavailableError. Nothing is asked where the event is about no call. */
  of({ call }: Pick<DecodedEvent, 'call'>, uids: readonly string[]): Promise<readonly boolean[]> | null {
    if (call === null) return null;
    const { callId, action } = call;
    return Promise.all(
      uids.map(async (uid) => {
        const end = await this.#sharedState.get(endedCallKey(callId, uid));
        return end !== null && end !== action;
      }),
    );
  }
}
