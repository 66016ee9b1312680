import type { PendingDelivery } from '../../domain/pending-delivery';
import { readKey, type ReadMark } from '../../shared/told-keys';
import type { SharedState } from '../../store/ports/shared-state';
import type { DecodedEvent } from '../plan/decoded-event';
import { valuesOf } from '../plan/recalls';
import { conversationOf } from '../plan/resolver-answers';

interface Due {
  readonly pending: Pick<PendingDelivery, 'uid'>;
  readonly event: DecodedEvent;
}

/** Whether what waits was read meanwhile on another device, as the app server tells: it would ring for something old. */
export class ReadMarks {
  readonly #sharedState: Pick<SharedState, 'getMany'>;

  constructor(sharedState: Pick<SharedState, 'getMany'>) {
    this.#sharedState = sharedState;
  }

  /** For each, in order. Of a summary, the newest message counts. Rejects with StoreUnavailableError. */
  async areRead(due: readonly Due[]): Promise<readonly boolean[]> {
    const keys = due.map(({ pending, event }) => {
      const conversation = event.content?.recall === null ? conversationOf(event) : null;
      return conversation === null ? null : readKey(pending.uid, conversation);
    });
    const found = await valuesOf(this.#sharedState, keys);
    return due.map(({ event }, index) => isCovered(event, found[index] ?? null));
  }
}

function isCovered({ body, receivedAtMs }: DecodedEvent, value: string | null): boolean {
  if (value === null || body.kind !== 'message') return false;
  const { upToSeq, allAtMs } = JSON.parse(value) as ReadMark;
  const { messageSeq } = body.message;
  return receivedAtMs <= allAtMs || (messageSeq > 0 && messageSeq <= upToSeq);
}
