import type { InboxEvent } from '../ports/inbox';
import { StoreUnavailableError } from '../ports/errors';
import type { Store, StoreFinding } from '../ports/store';
import { Drain } from './drain';
import { DrainPace } from './drain-pace';
import { JournalFile } from './journal-file';
import { journaledHealth } from './journal-health';
import type { JournaledWrite } from './journaled-write';
import type { JournalContext, JournalOptions } from './options';
import { StandIn } from './stand-in';
import { UnreplicatedCopies } from './unreplicated-copies';
import { Wake } from './wake';

const defaults = { storeDeadlineMs: 250, takeoverMs: 1_000, copyMaxAgeMs: 50 * 60_000 };

export interface Journal {
  /**
   * The store, with the journal standing in for `inbox.append`, `presence.apply` and `deadLetters.add`; everything else is the
   * store's own. Starts handing on what waits from an earlier run. Once. Its `close` closes the store and the journal.
   */
  wrap(store: Store): Store;
  /**
   * Keeps copies of events that the store took and no replica confirmed; for the store's `onUnreplicated`.
   * Resolves when they are on disk. Rejects with StoreUnavailableError.
   */
  keepCopies(events: readonly InboxEvent[]): Promise<void>;
  /** Entries that wait, copies included. */
  waiting(): number;
  close(): Promise<void>;
}

/** Throws StoreConfigurationError: the directory cannot be used, or another process holds it. */
export async function openJournal(options: JournalOptions, context: JournalContext): Promise<Journal> {
  const file = await JournalFile.open(options, context);
  let wrapped: Wrapped | null = null;
  let closing: Promise<void> | null = null;
  context.events.observe({
    depth: () => file.waiting('log'),
    copies: () => file.waiting('copies'),
    bytes: () => (closing === null ? file.usedBytes() : 0),
  });
  const close = (): Promise<void> =>
    (closing ??= (async () => {
      await wrapped?.stop();
      await file.close();
    })());
  const retire = (): void => void close().catch((error: unknown) => context.events.failed(error));
  return {
    wrap(store) {
      if (wrapped !== null) throw new Error('a journal stands in for one store');
      wrapped = new Wrapped(store, file, options, context, retire);
      return wrapped.toStore(close);
    },
    async keepCopies(events) {
      if (wrapped === null) throw new StoreUnavailableError('the journal is not in use yet');
      await wrapped.copies.keep(events);
    },
    waiting: () => file.waiting('log') + file.waiting('copies'),
    close,
  };
}

/** A store and what stands in for it: in use → retired (nothing waits, and nothing is to wait any more) → stopped. */
class Wrapped {
  readonly copies: UnreplicatedCopies;
  readonly #standIn: StandIn;
  readonly #drain: Drain;
  readonly #storeDeadlineMs: number;

  constructor(
    private readonly store: Store,
    private readonly file: JournalFile,
    private readonly options: JournalOptions,
    context: JournalContext,
    private readonly closeFile: () => void,
  ) {
    const {
      storeDeadlineMs = defaults.storeDeadlineMs,
      takeoverMs = defaults.takeoverMs,
      copyMaxAgeMs = defaults.copyMaxAgeMs,
    } = options;
    this.#storeDeadlineMs = storeDeadlineMs;
    const wake = new Wake();
    const pace = new DrainPace();
    const onEmpty = (): void => this.#mayRetire();
    const live = { ...this.#listened(), presence: store.presence, deadLetters: store.deadLetters };
    const standIn = new StandIn(
      { storeDeadlineMs, takeoverMs },
      { store: live, file, pace, context, onWork: () => wake.call() },
    );
    this.#standIn = standIn;
    this.copies = new UnreplicatedCopies(
      { maxAgeMs: copyMaxAgeMs, deadlineMs: storeDeadlineMs * 2 },
      { store, file, standIn, context, onEmpty },
    );
    this.#drain = new Drain(
      { storeDeadlineMs, takeoverMs },
      { store: live, file, standIn, wake, pace, context, onEmpty },
    );
    this.#drain.start();
    this.copies.start();
  }

  async stop(): Promise<void> {
    await this.#standIn.close();
    await Promise.all([this.#drain.stop(), this.copies.stop()]);
  }

  toStore(closeJournal: () => Promise<void>): Store {
    const { store } = this;
    const standIn = this.#standIn;
    const submit = (write: JournaledWrite): Promise<void> => standIn.submit(write);
    const { inbox, presence, deadLetters } = store;
    return {
      retries: store.retries,
      parked: store.parked,
      duplicateMarks: store.duplicateMarks,
      devices: store.devices,
      profiles: store.profiles,
      preferences: store.preferences,
      badges: store.badges,
      sharedState: store.sharedState,
      inbox: {
        append: (event) => submit({ kind: 'append', event }),
        claim: (wanted, waitMs, signal) => inbox.claim(wanted, waitMs, signal),
        renew: (claims) => inbox.renew(claims),
        settle: (settlements) => inbox.settle(settlements),
        release: (ids) => inbox.release(ids),
        stats: () => inbox.stats(),
      },
      presence: {
        apply: (changes, atMs) => submit({ kind: 'presence', changes, atMs }),
        get: (uid) => presence.get(uid),
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
      health: () => (standIn.isRetired ? store.health() : this.#health()),
      close: async () => {
        await this.stop();
        await store.close();
        await closeJournal();
      },
      halt: async () => {
        await Promise.all([store.halt?.(), this.file.halt()]);
      },
    };
  }

  #health(): Promise<StoreFinding[]> {
    const { store, file, options } = this;
    return journaledHealth({
      storeName: options.storeName ?? 'Redis',
      storeHealth: () => store.health(),
      file,
      standIn: this.#standIn,
      setAside: () => this.#drain.setAside,
      deadlineMs: this.#storeDeadlineMs * 2,
    });
  }

  #mayRetire(): void {
    const { file, options } = this;
    const standIn = this.#standIn;
    if (options.retires !== true || !standIn.isDirect || file.writing > 0) return;
    if (file.waiting('log') + file.waiting('copies') > 0) return;
    standIn.retire();
    this.closeFile();
  }

  /** Tells the copies of every append, because one that is confirmed is a sign that the replicas are back. */
  #listened(): { readonly inbox: Pick<Store['inbox'], 'append'> } {
    const { inbox } = this.store;
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
