import { endedCallKey } from '../../shared/told-keys';
import type { SharedState } from '../../store/ports/shared-state';
import type { DecodedEvent } from './decoded-event';

/** Which invitations came to nothing before they were sent: the caller gave up, or another device of the recipient answered. */
export class EndedCalls {
  readonly #sharedState: Pick<SharedState, 'get'>;

  constructor(sharedState: Pick<SharedState, 'get'>) {
    this.#sharedState = sharedState;
  }

  /** For each uid, in order. Rejects with StoreUnavailableError. Nothing is asked where the event invites to no call. */
  of({ call }: Pick<DecodedEvent, 'call'>, uids: readonly string[]): Promise<readonly boolean[]> | null {
    if (call?.action !== 'invite') return null;
    const { callId } = call;
    return Promise.all(
      uids.map(async (uid) => (await this.#sharedState.get(endedCallKey(callId, uid))) !== null),
    );
  }
}
