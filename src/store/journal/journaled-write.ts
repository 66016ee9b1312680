import type { DeadLetter } from '../../domain/dead-letter';
import type { PresenceChange } from '../../domain/presence';
import type { DeadLetters } from '../ports/dead-letters';
import type { Inbox, InboxEvent } from '../ports/inbox';
import type { PresenceStore } from '../ports/presence';

/** What a webhook waits for: one durable write of the store. */
export type JournaledWrite =
  | { readonly kind: 'append'; readonly event: InboxEvent }
  | { readonly kind: 'presence'; readonly changes: readonly PresenceChange[]; readonly atMs: number }
  | { readonly kind: 'dead_letters'; readonly letters: readonly DeadLetter[] };

/** The part of a store that the journal stands in for. */
export interface WritableStore {
  readonly inbox: Pick<Inbox, 'append'>;
  readonly presence: Pick<PresenceStore, 'apply'>;
  readonly deadLetters: Pick<DeadLetters, 'add'>;
}

/** Rejects as the store's method does; never throws. */
export async function writeTo(store: WritableStore, write: JournaledWrite): Promise<void> {
  switch (write.kind) {
    case 'append':
      return store.inbox.append(write.event);
    case 'presence':
      return store.presence.apply(write.changes, write.atMs);
    case 'dead_letters':
      return store.deadLetters.add(write.letters);
    default:
      return write satisfies never;
  }
}
