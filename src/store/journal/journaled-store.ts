/*
 * Open this file first: it is a store with the journal in front. `failover-writer.ts` writes to the store, or to the journal
 * while the store does not answer; `in-flight.ts` keeps a write in one place at a time. `journaled-write.ts` is such a write,
 * `journaled-write-codec.ts` its bytes. `journal.ts` opens the journal, `journal-queues.ts` its queues (`store/queue/` drains
 * them), `journal-leftovers.ts` what an earlier configuration left. `unreplicated-copies.ts` keeps what Redis' replicas do not
 * have yet, `journal-health.ts` reports, and `options.ts` is what all of them are given.
 */

import { Deadlines } from '../../shared/deadlines';
import type { Store, StoreFinding } from '../ports/store';
import { FailoverWriter } from './failover-writer';
import { journaledHealth } from './journal-health';
import type { JournalQueues } from './journal-queues';
import type { JournaledWrite, WritableStore } from './journaled-write';
import type { JournalContext, JournalOptions } from './options';
import { UnreplicatedCopies } from './unreplicated-copies';

export interface JournaledStoreParts extends JournalQueues {
  readonly store: Store;
}

/** A store and the journal in front of it. In use → stopped. */
export class JournaledStore {
  readonly copies: UnreplicatedCopies;
  readonly #writer: FailoverWriter;
  readonly #storeDeadlineMs: number;
  readonly #parts: JournaledStoreParts;

  constructor(parts: JournaledStoreParts, options: JournalOptions, context: JournalContext) {
    this.#parts = parts;
    const { storeDeadlineMs, copyMaxAgeMs } = options;
    this.#storeDeadlineMs = storeDeadlineMs;
    const { store, log: queue } = parts;
    const listened = { ...this.#listened(), presence: store.presence, deadLetters: store.deadLetters };
    this.#writer = new FailoverWriter(options, { store: listened, queue, context });
    let deadlines: Promise<Deadlines> | null = null;
    const compared = (): Promise<Deadlines> =>
      (deadlines ??= store
        .latestTimeMs()
        .then((knownMs) => new Deadlines(context.clock, Promise.resolve(knownMs)))
        .catch((error: unknown) => {
          deadlines = null;
          throw error;
        }));
    // Before the clock can be set; where the store is away, the copies ask again.
    compared().catch(() => {});
    this.copies = new UnreplicatedCopies(
      { maxAgeMs: copyMaxAgeMs, deadlineMs: storeDeadlineMs * 2 },
      {
        store,
        queue: parts.copies,
        deadlines: compared,
        context,
      },
    );
    this.#writer.drain.start();
    this.copies.drain.start();
  }

  async stop(): Promise<void> {
    await Promise.all([this.#writer.close(), this.copies.drain.stop()]);
  }

  toStore(closeJournal: () => Promise<void>): Store {
    const { store, queues } = this.#parts;
    const submit = (write: JournaledWrite): Promise<void> => this.#writer.submit(write);
    const { inbox, presence, deadLetters } = store;
    return {
      retries: store.retries,
      parked: store.parked,
      duplicateMarks: store.duplicateMarks,
      devices: store.devices,
      profiles: store.profiles,
      givenNames: store.givenNames,
      preferences: store.preferences,
      recipients: store.recipients,
      badges: store.badges,
      personRecords: store.personRecords,
      sharedState: store.sharedState,
      // What is told while Redis is away is lost: the journal keeps what phones wait for.
      traces: store.traces,
      inbox: {
        takesMarks: inbox.takesMarks,
        append: (event) => submit({ kind: 'append', event }),
        claim: (wanted, waitMs, signal) => inbox.claim(wanted, waitMs, signal),
        renew: (claims) => inbox.renew(claims),
        settle: (settlements) => inbox.settle(settlements),
        release: (ids) => inbox.release(ids),
        stats: () => inbox.stats(),
      },
      presence: {
        apply: (changes, atMs) => submit({ kind: 'presence', changes, atMs }),
        getMany: (uids) => presence.getMany(uids),
        eraseUser: (uid) => presence.eraseUser(uid),
      },
      deadLetters: {
        add: (letters) => submit({ kind: 'dead_letters', letters }),
        list: (limit, cursor) => deadLetters.list(limit, cursor),
        get: (id) => deadLetters.get(id),
        remove: (ids) => deadLetters.remove(ids),
        removeBefore: (beforeMs) => deadLetters.removeBefore(beforeMs),
        eraseUser: (uid) => deadLetters.eraseUser(uid),
        count: () => deadLetters.count(),
      },
      health: () => this.#health(),
      latestTimeMs: () => store.latestTimeMs(),
      close: async () => {
        await this.stop();
        await store.close();
        await closeJournal();
      },
      halt: async () => {
        await Promise.all([store.halt?.(), queues.halt()]);
      },
    };
  }

  #health(): Promise<StoreFinding[]> {
    const { store, queues, log, copies } = this.#parts;
    return journaledHealth({
      storeHealth: () => store.health(),
      queues,
      log,
      copies,
      writer: this.#writer,
      deadlineMs: this.#storeDeadlineMs * 2,
    });
  }

  /** Tells the copies of every append, because one that is confirmed is a sign that the replicas are back. */
  #listened(): Pick<WritableStore, 'inbox'> {
    const { inbox } = this.#parts.store;
    return {
      inbox: {
        append: (event) =>
          inbox.append(event).then(
            () => this.copies.appended(event.bodyId),
            (error: unknown) => {
              this.copies.refused(event.bodyId);
              throw error;
            },
          ),
      },
    };
  }
}
