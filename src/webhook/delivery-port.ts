import type { MessageBody } from '../domain/body';
import type { Message } from '../domain/message';
import type { EventMarks } from '../store/ports/inbox';

/** Who works off, in this process, what the webhook stores. */
export interface DeliveryPort {
  /**
   * Tells of a message's body that is about to be stored under this id: it need not be decoded again then. `uids`: its recipients,
   * where they are few enough for the direct lane; null: they are many. Returns the duplicate marks that the store is to take with
   * it; undefined: none.
   */
  announce(bodyId: string, body: MessageBody, uids: readonly string[] | null): EventMarks | undefined;
  /** Whether the message invites to a call, which waits behind no group, however many it is for. */
  rings(message: Message): boolean;
}
