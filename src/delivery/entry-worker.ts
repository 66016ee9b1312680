import type { Clock } from '../domain/clock';
import type { DeliveryEvents } from '../observability/delivery-events';
import type { DeadLetterWriter } from './dead-letter-writer';
import type { Dispatcher } from './dispatcher';
import type { EntryRun } from './entry-run';
import type { FanOut, FanOutPlan } from './fan-out';
import { LoopTurns } from './loop-turns';
import type { DeliveryOptions } from './options';
import type { Works, Work } from './work';

export interface EntryWorkerContext {
  readonly options: DeliveryOptions;
  readonly works: Works;
  readonly fanOut: FanOut;
  readonly dispatcher: Dispatcher;
  readonly deadLetters: DeadLetterWriter;
  readonly events: DeliveryEvents;
  readonly clock: Clock;
}

/**
 * Works one inbox entry off: plan, send, and gather the results. The caller writes its end.
 * Entries of the bulk lane are planned one after the other: several at once would keep everything else waiting.
 */
export class EntryWorker {
  #bulkPlanned: Promise<unknown> = Promise.resolve();
  readonly #turns = new LoopTurns(turnBudgetMs, () => performance.now());

  constructor(private readonly context: EntryWorkerContext) {}

  /** Rejects with StoreUnavailableError when the store cannot answer: the entry stays claimed and is tried again. */
  async run(run: EntryRun, mayStillSend: () => boolean): Promise<void> {
    const { entry } = run;
    const { maxClaims } = this.context.options;
    // It has brought as many holders down, or none of them could finish it.
    if (entry.claims > maxClaims) return this.#bury(run, `gave up after ${maxClaims} claims`);
    let work: Work;
    try {
      work = this.context.works.read(entry.bodyId, entry.body, entry.receivedAtMs);
    } catch (error) {
      return this.#bury(run, `unreadable body: ${String(error)}`);
    }
    const plan = await this.#plan(run, work);
    run.begin(plan);
    for (const { uid, deviceId, provider, environment, app } of plan.unroutable) {
      run.deaths.add(`no credential for ${provider} ${environment} of app ${app}`, null, {
        uid,
        deviceId,
        tokenKind: 'alert',
      });
    }
    for (const uid of plan.tooLate)
      run.deaths.add('older than delivery.max_age', null, { uid, deviceId: null, tokenKind: null });
    const rest = this.#turns.enter();
    if (rest !== null) await rest;
    this.#dispatch(run, work, plan, mayStillSend);
    await run.finished();
    if (!run.lost) await this.context.deadLetters.writeDeliveries(work, run.deaths.list());
  }

  #plan(run: EntryRun, work: Work): Promise<FanOutPlan> {
    const { id, recipients, lane } = run.entry;
    const plan = () => this.context.fanOut.plan(work, id, recipients, run.pendingRecipients());
    if (lane === 'direct') return plan();
    const planned = this.#bulkPlanned.then(plan);
    this.#bulkPlanned = planned.catch(() => {});
    return planned;
  }

  #dispatch(run: EntryRun, work: Work, plan: FanOutPlan, mayStillSend: () => boolean): void {
    const { entry } = run;
    // Whoever could not renew the claim stops so early that what it has begun times out before another holder begins.
    const stopAfterMs = this.context.options.claimTimeMs / 2;
    const mayStillSendEntry = () =>
      !run.lost && mayStillSend() && this.context.clock.now() - run.heldAtMs < stopAfterMs;
    for (const group of plan.groups) {
      this.context.dispatcher.dispatch({
        route: group.route,
        bodyId: entry.bodyId,
        lane: entry.lane,
        notification: group.notification,
        receivedAtMs: entry.receivedAtMs,
        deadlineMs: work.deadlineMs,
        planned: group.planned,
        mayStillSend: mayStillSendEntry,
        done: (planned, result) => run.settle(planned, group.route.id, result),
      });
    }
  }

  async #bury(run: EntryRun, reason: string): Promise<void> {
    const recipients = run.pendingRecipients().map((index) => run.entry.recipients[index] ?? '');
    await this.context.deadLetters.writeEntry({ ...run.entry, recipients }, reason);
    this.context.events.entryBuried(run.entry, reason);
  }
}

/** Of sending, before webhooks get their turn. */
const turnBudgetMs = 5;
