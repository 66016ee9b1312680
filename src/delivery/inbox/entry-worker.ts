import type { Clock } from '../../domain/clock';
import type { DeliveryEvents } from '../../observability/delivery-events';
import type { DeadLetterWriter } from '../send/dead-letter-writer';
import type { Dispatcher } from '../send/dispatcher';
import type { EntryRun } from './entry-run';
import type { FanOut, FanOutRequest } from '../plan/fan-out';
import type { FanOutPlan } from '../plan/grouping';
import { LoopTurns } from '../routes/loop-turns';
import type { DeliveryOptions } from '../options';
import type { Works, Work } from '../plan/work';

export interface EntryWorkerContext {
  readonly options: DeliveryOptions;
  readonly works: Works;
  readonly fanOut: FanOut;
  readonly dispatcher: Dispatcher;
  readonly deadLetters: DeadLetterWriter;
  readonly events: DeliveryEvents;
  readonly clock: Clock;
}

/** What working off goes by, for all entries alike. */
export interface EntryWork {
  /** False when nothing new is to be sent. */
  readonly mayStillSend: () => boolean;
  /**
   * Called once for each entry, when every delivery of it has its result. `error`: it came to nothing; a
   * StoreUnavailableError when the store could not answer, so that it can be tried again.
   */
  readonly ended: (run: EntryRun, error: unknown) => void;
}

interface Opened {
  readonly run: EntryRun;
  readonly request: FanOutRequest;
}

/**
 * Works inbox entries off: plan, send, and gather the results. The caller writes their end.
 * Entries of the direct lane are looked up together, those of the bulk lane are planned one after the other: several at
 * once would keep everything else waiting.
 */
export class EntryWorker {
  #bulkPlanned: Promise<unknown> = Promise.resolve();
  readonly #turns = new LoopTurns(turnBudgetMs, () => performance.now());

  constructor(private readonly context: EntryWorkerContext) {}

  start(runs: readonly EntryRun[], task: EntryWork): void {
    let together: Opened[] = [];
    let recipients = 0;
    for (const run of runs) {
      const opened = this.#open(run, task);
      if (opened === null) continue;
      if (run.entry.lane === 'bulk') {
        void this.#planAlone(opened, task);
        continue;
      }
      together.push(opened);
      recipients += run.entry.recipients.length;
      if (recipients < recipientsTogether) continue;
      void this.#planTogether(together, task);
      together = [];
      recipients = 0;
    }
    if (together.length > 0) void this.#planTogether(together, task);
  }

  /** Null for one that becomes a dead letter as it is. */
  #open(run: EntryRun, task: EntryWork): Opened | null {
    const { entry } = run;
    const { options, works } = this.context;
    // It has brought as many holders down, or none of them could finish it.
    if (entry.claims > options.maxClaims)
      return this.#bury(run, `gave up after ${options.maxClaims} claims`, task);
    try {
      const { bodyId, body, receivedAtMs } = entry;
      const work =
        entry.lane === 'direct'
          ? works.readOnce(bodyId, body, receivedAtMs)
          : works.read(bodyId, body, receivedAtMs);
      return this.#request(run, work, task);
    } catch {
      // What a parser says of it quotes the message.
      return this.#bury(run, 'unreadable body', task);
    }
  }

  #request(run: EntryRun, work: Work, task: EntryWork): Opened | null {
    try {
      return { run, request: this.context.fanOut.request(work, run.entry, run.pendingRecipients()) };
    } catch (error) {
      task.ended(run, error);
      return null;
    }
  }

  async #planAlone({ run, request }: Opened, task: EntryWork): Promise<void> {
    const planned = this.#bulkPlanned.then(() => this.context.fanOut.plan(request));
    this.#bulkPlanned = planned.catch(() => {});
    try {
      const plan = await planned;
      const rest = this.#turns.enter();
      if (rest !== null) await rest;
      this.#send(run, request.work, plan, task);
    } catch (error) {
      task.ended(run, error);
    }
  }

  async #planTogether(together: readonly Opened[], task: EntryWork): Promise<void> {
    const { fanOut } = this.context;
    let found: Awaited<ReturnType<FanOut['lookUp']>>;
    try {
      found = await fanOut.lookUp(together.map(({ request }) => request));
    } catch (error) {
      const [first, ...others] = together;
      if (others.length === 0 && first !== undefined) task.ended(first.run, error);
      // One of them is the cause: each for itself.
      else for (const opened of together) void this.#planTogether([opened], task);
      return;
    }
    for (let index = 0; index < together.length; index += 1) {
      const opened = together[index];
      const findings = found[index];
      if (opened === undefined || findings === undefined) continue;
      const rest = this.#turns.enter();
      if (rest !== null) await rest;
      const { run, request } = opened;
      try {
        const plan = 'groups' in findings ? findings : fanOut.planFound(request, findings);
        this.#send(run, request.work, plan, task);
      } catch (error) {
        task.ended(run, error);
      }
    }
  }

  #send(run: EntryRun, work: Work, plan: FanOutPlan, task: EntryWork): void {
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
    if (plan.groups.length > 0) this.#dispatch(run, work, plan, task.mayStillSend);
    run.whenFinished(() => this.#finish(run, task));
  }

  #dispatch(run: EntryRun, work: Work, plan: FanOutPlan, mayStillSend: () => boolean): void {
    const { entry } = run;
    // Whoever could not renew the claim stops so early that what it has begun times out before another holder begins.
    const stopAfterMs = this.context.options.claimTimeMs / 2;
    const mayStillSendEntry = () =>
      !run.lost && mayStillSend() && this.context.clock.monotonicMs() - run.heldAtMs < stopAfterMs;
    for (const { route, notification, planned: all } of plan.groups) {
      const { id } = route;
      this.context.dispatcher.dispatch({
        route,
        bodyId: entry.bodyId,
        lane: entry.lane,
        notification,
        receivedAtMs: entry.receivedAtMs,
        deadlineMs: work.deadlineMs,
        planned: all,
        mayStillSend: mayStillSendEntry,
        done: (planned, result) => run.settle(planned, id, result),
      });
    }
  }

  /** The work is read again for deaths: thousands of entries wait for their answers where a provider is slow. */
  #finish(run: EntryRun, task: EntryWork): void {
    if (run.lost || run.deaths.isEmpty) return task.ended(run, null);
    const { bodyId, body, receivedAtMs } = run.entry;
    const work = this.context.works.read(bodyId, body, receivedAtMs);
    this.context.deadLetters.writeDeliveries(work, run.deaths.list()).then(
      () => task.ended(run, null),
      (error: unknown) => task.ended(run, error),
    );
  }

  #bury(run: EntryRun, reason: string, task: EntryWork): null {
    const recipients = run.pendingRecipients().map((index) => run.entry.recipients[index] ?? '');
    this.context.deadLetters.writeEntry({ ...run.entry, recipients }, reason).then(
      () => {
        this.context.events.entryBuried(run.entry, reason);
        task.ended(run, null);
      },
      (error: unknown) => task.ended(run, error),
    );
    return null;
  }
}

/** Of sending, before webhooks get their turn. */
const turnBudgetMs = 2;
/** A look-up of so many takes about a millisecond of the event loop. */
const recipientsTogether = 100;
