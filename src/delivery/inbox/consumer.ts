import { setMaxListeners } from 'node:events';
import type { Clock } from '../../domain/clock';
import type { InboxEntry } from '../../domain/inbox-entry';
import type { Lane } from '../../domain/lane';
import type { DeliveryEvents } from '../../observability/delivery-events';
import { StoreUnavailableError } from '../../store/ports/errors';
import type { EntrySettlement, Inbox } from '../../store/ports/inbox';
import { within } from '../../shared/within';
import { EntryRun } from './entry-run';
import type { EntryWork, EntryWorker } from './entry-worker';
import type { DeliveryOptions } from '../options';
import { SettlementWriter } from './settlement-writer';

export interface ConsumerContext {
  readonly options: DeliveryOptions;
  readonly inbox: Inbox;
  readonly worker: Pick<EntryWorker, 'start'>;
  readonly events: DeliveryEvents;
  readonly clock: Clock;
}

/**
 * Claims inbox entries, keeps them claimed while they are worked off, and settles them.
 *
 * stopped → running (claims while there is room) → draining (claims nothing; `mayStillSend` turns false before the
 * deadline, what is left is given back) → stopped. Room is counted in recipients who are not
 * answered for, because memory is; of a large entry that waits for a silent provider, only in those of that provider.
 */
export class Consumer {
  readonly #runs = new Map<string, EntryRun>();
  #directRecipients = 0;
  readonly #bulkRuns = new Set<EntryRun>();
  #stop = new AbortController();
  #loop: Promise<void> | null = null;
  #renewal: NodeJS.Timeout | null = null;
  #cut = false;
  #changed: () => void = () => {};

  readonly #settlements: SettlementWriter<EntrySettlement>;
  #renewing = false;
  /** By the clock: a store that has failed is left alone for a moment. */
  #restUntilMs = 0;
  /** A round was due while the one before was still being written. */
  #overdue = false;
  readonly #context: ConsumerContext;

  constructor(context: ConsumerContext) {
    this.#context = context;

    const { inbox, events } = context;
    // Each entry that is given back for want of a store waits for a moment, or for the stop.
    setMaxListeners(0, this.#stop.signal);
    this.#settlements = new SettlementWriter((settlements) => inbox.settle(settlements), events.settleFailed);
  }

  get held(): number {
    return this.#runs.size;
  }

  start(): void {
    this.#loop = this.#claimLoop();
    this.#renewal = setInterval(() => void this.#renew(), this.#context.options.checkpointIntervalMs);
    this.#renewal.unref();
  }

  /**
   * Stops claiming and waits for what is held. Towards the end nothing new is sent, so that what is in flight is
   * answered before the deadline; what is not finished by then is given back.
   */
  async stop(deadlineMs: number): Promise<void> {
    this.#stop.abort();
    this.#changed();
    const { clock } = this.#context;
    const cutAtMs = clock.monotonicMs() + deadlineMs * sendingShare;
    // A claim ends at once, but not where the store says nothing.
    await within(deadlineMs * sendingShare, this.#loop ?? Promise.resolve(), undefined);
    await this.#finished(Math.max(0, cutAtMs - clock.monotonicMs()));
    this.#cut = true;
    await this.#finished(deadlineMs * (1 - sendingShare));
    if (this.#renewal !== null) clearInterval(this.#renewal);
    this.#renewal = null;
    // What is not given back by then runs out.
    await within(giveBackMs, this.#giveBack(), undefined);
  }

  /** Resolves when nothing is held, or when the time is over. */
  async #finished(timeMs: number): Promise<void> {
    let over = this.#runs.size === 0;
    const timer = setTimeout(() => {
      over = true;
      this.#changed();
    }, timeMs);
    while (this.#runs.size > 0 && !over) await this.#change();
    clearTimeout(timer);
  }

  async #claimLoop(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const wanted = this.#room();
      if (wanted.direct === 0 && wanted.bulk === 0) {
        await this.#change();
        continue;
      }
      try {
        const waitMs =
          wanted.direct > 0 && wanted.bulk > 0 ? this.#context.options.inboxWaitMs : fullLaneWaitMs;
        const entries = await this.#context.inbox.claim(wanted, waitMs, signal);
        if (entries.length > 0) this.#begin(entries);
      } catch (error) {
        this.#context.events.claimFailed(error);
        await this.#pause(storeBackOffMs);
      }
    }
  }

  /** Of both lanes in their proportion, as far as there is room for either. */
  #room(): Record<Lane, number> {
    const { inboxBatch, directPerBulk } = this.#context.options;
    const bulk = Math.max(1, Math.floor(inboxBatch / (directPerBulk + 1)));
    let bulkRoom = recipientsHeld.bulk;
    for (const run of this.#bulkRuns) bulkRoom -= run.open;
    return {
      direct: this.#directRecipients < recipientsHeld.direct ? inboxBatch - bulk : 0,
      bulk: Math.min(bulk, Math.max(0, Math.ceil(bulkRoom / entryRecipients))),
    };
  }

  #begin(entries: readonly InboxEntry[]): void {
    const nowMs = this.#context.clock.monotonicMs();
    const runs = entries.map((entry) => {
      const run = new EntryRun(entry, nowMs);
      this.#runs.set(entry.id, run);
      if (entry.lane === 'bulk') this.#bulkRuns.add(run);
      else this.#directRecipients += entry.recipients.length;
      return run;
    });
    this.#context.worker.start(runs, this.#task);
  }

  readonly #task: EntryWork = {
    mayStillSend: () => !this.#cut,
    ended: (run, error) => {
      if (error !== null) void this.#fail(run, error);
      else if (run.lost) void this.#abandon(run);
      else this.#settle(run);
    },
  };

  #settle(run: EntryRun): void {
    const { entry } = run;
    const { pending } = run.results;
    run.isEnding = true;
    this.#settlements.write({ id: entry.id, bodyId: entry.bodyId, pending }, () => {
      this.#context.events.entrySettled(entry);
      this.#end(run);
    });
  }

  async #fail(run: EntryRun, error: unknown): Promise<void> {
    this.#context.events.entryFailed(run.entry, error);
    run.lose();
    await this.#handBack(run, error);
    await this.#abandon(run);
  }

  /**
   * A store that cannot answer is no fault of the entry: it is given back, so that the claim does not count. Anything
   * else is left to run out, and counts: the entry may be the cause.
   */
  async #handBack(run: EntryRun, error: unknown): Promise<void> {
    if (!(error instanceof StoreUnavailableError)) return;
    await this.#pause(storeBackOffMs);
    try {
      await this.#release([run]);
    } catch (cause) {
      this.#context.events.renewFailed(cause);
    }
  }

  /** With what is done written down, so that whoever goes on does not send that again. */
  async #release(runs: readonly EntryRun[]): Promise<void> {
    await this.#renewWithProgress(runs);
    await this.#context.inbox.release(runs.map((run) => run.entry.id));
  }

  /**
   * Whoever lost the claim has nothing to give back; what the drain cut short goes on at the next start. One that was too
   * slow for its claim lets it run out, so that it counts, but leaves behind what it has sent.
   */
  async #abandon(run: EntryRun): Promise<void> {
    try {
      if (this.#cut) await this.#release([run]);
      else await this.#writeDown(run);
    } catch (cause) {
      this.#context.events.renewFailed(cause);
    }
    this.#end(run);
  }

  async #writeDown(run: EntryRun): Promise<void> {
    if (run.hasProgress) await this.#renewWithProgress([run]);
  }

  /** Resolves with the ids of the claims that are lost. What the store does not take is written down by the next call. */
  async #renewWithProgress(runs: readonly EntryRun[]): Promise<readonly string[]> {
    const claims = runs.map((run) => ({ id: run.entry.id, progress: run.progress() }));
    try {
      return await this.#context.inbox.renew(claims);
    } catch (error) {
      runs.forEach((run, index) => {
        if (claims[index]?.progress !== null) run.progressFailed();
      });
      throw error;
    }
  }

  #end(run: EntryRun): void {
    const { id } = run.entry;
    // Given back, it may have been handed out to us again, and then another run stands for it.
    if (this.#runs.get(id) === run) this.#runs.delete(id);
    if (!this.#bulkRuns.delete(run)) this.#directRecipients -= run.entry.recipients.length;
    this.#changed();
  }

  /**
   * Writes down how far the entries have come that take long, so that a crash repeats no more than since, and prolongs
   * claims that are due. One write at a time: a store that is slow is not asked again before it has answered.
   */
  async #renew(): Promise<void> {
    if (this.#renewing) {
      this.#overdue = true;
      return;
    }
    const nowMs = this.#context.clock.monotonicMs();
    if (nowMs < this.#restUntilMs) return;
    const due = [...this.#runs.values()].filter((run) => this.#isDue(run, nowMs));
    if (due.length === 0) return;
    this.#renewing = true;
    this.#overdue = false;
    try {
      await this.#prolong(due, nowMs);
    } finally {
      this.#renewing = false;
      if (this.#overdue && this.#renewal !== null) setImmediate(() => void this.#renew());
    }
  }

  #isDue(run: EntryRun, nowMs: number): boolean {
    if (nowMs - run.heldAtMs >= this.#context.options.renewIntervalMs) return true;
    return run.hasNewProgress && !run.isEnding;
  }

  async #prolong(due: readonly EntryRun[], nowMs: number): Promise<void> {
    try {
      const renewed = await this.#renewWithProgress(due);
      // What has ended meanwhile is no longer held either.
      const lost = new Set(renewed.filter((id) => this.#runs.get(id)?.isEnding === false));
      for (const run of due) {
        if (lost.has(run.entry.id)) run.lose();
        run.heldAtMs = nowMs;
      }
      if (lost.size > 0) this.#context.events.claimsLost(lost.size);
    } catch (error) {
      this.#restUntilMs =
        this.#context.clock.monotonicMs() + Math.min(storeBackOffMs, this.#context.options.renewIntervalMs);
      this.#context.events.renewFailed(error);
    }
  }

  async #giveBack(): Promise<void> {
    const left = [...this.#runs.values()];
    if (left.length === 0) return;
    for (const run of left) run.lose();
    try {
      await this.#release(left);
    } catch (error) {
      this.#context.events.renewFailed(error);
    }
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#changed = resolve;
    });
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const { signal } = this.#stop;
      const end = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      signal.addEventListener('abort', end, { once: true });
    });
  }
}

/** Recipients held at once by lane: what bounds the memory of the process. */
const recipientsHeld: Readonly<Record<Lane, number>> = { direct: 4_000, bulk: 4_000 };
const entryRecipients = 500;
/** While a lane is full, its room is looked at again this often though nothing new arrives on the other. */
const fullLaneWaitMs = 50;
const storeBackOffMs = 500;
const giveBackMs = 1_000;
/** Of the drain: what is sent last still has the time that a provider may take to answer. */
const sendingShare = 0.6;
