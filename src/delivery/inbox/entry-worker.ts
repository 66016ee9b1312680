import { decodeBody } from '../../domain/body';
import type { Clock } from '../../domain/clock';
import type { InboxEntry } from '../../domain/inbox-entry';
import type { DeliveryEvents } from '../../observability/delivery-events';
import type { Span, Spans } from '../../observability/spans/spans';
import type { DeadLetterWriter } from '../send/dead-letter-writer';
import type { Dispatcher } from '../send/dispatcher';
import { noCredential, type DeliveryResult } from '../send/planned-delivery';
import { Results, type ResultKeeper, type ResultOwner, type ToldMessage } from '../send/result-keeper';
import type { EntryRun } from './entry-run';
import type { FanOut, FanOutRequest } from '../plan/fan-out';
import type { FanOutPlan } from '../plan/plan-builder';
import { Slice } from '../../runtime/slice';
import type { DeliveryOptions } from '../options';
import { messageIdOf, type DecodedEvent, type DecodedEvents } from '../plan/decoded-event';

export interface EntryWorkerContext {
  readonly options: DeliveryOptions;
  readonly decoded: DecodedEvents;
  readonly fanOut: FanOut;
  readonly dispatcher: Dispatcher;
  readonly deadLetters: Pick<DeadLetterWriter, 'writeEntry'>;
  readonly results: ResultKeeper;
  readonly events: DeliveryEvents;
  /** Null: nobody collects them. */
  readonly spans: Spans | null;
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
  /** Of its planning; null: nobody collects them. */
  readonly span: Span | null;
}

/**
 * Works inbox entries off: plan, send, and gather the results. The caller writes their end.
 * Entries of the direct lane are looked up together, those of the bulk lane are planned one after the other: several at
 * once would keep everything else waiting.
 */
export class EntryWorker {
  #bulkPlanned: Promise<unknown> = Promise.resolve();
  readonly #context: EntryWorkerContext;

  constructor(context: EntryWorkerContext) {
    this.#context = context;
  }

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
    const { options, decoded } = this.#context;
    // It has brought as many holders down, or none of them could finish it.
    if (entry.claims > options.maxClaims)
      return this.#bury(run, `gave up after ${options.maxClaims} claims`, task);
    try {
      const { bodyId, body, receivedAtMs } = entry;
      const event =
        entry.lane === 'direct'
          ? decoded.readOnce(bodyId, body, receivedAtMs)
          : decoded.read(bodyId, body, receivedAtMs);
      return this.#request(run, event, task);
    } catch {
      // What a parser says of it quotes the message.
      return this.#bury(run, 'unreadable body', task);
    }
  }

  #request(run: EntryRun, event: DecodedEvent, task: EntryWork): Opened | null {
    try {
      const span = this.#startSpan(run, event);
      return { run, span, request: this.#context.fanOut.request(event, run.entry, run.pendingRecipients()) };
    } catch (error) {
      task.ended(run, error);
      return null;
    }
  }

  #startSpan({ entry }: EntryRun, event: DecodedEvent): Span | null {
    const { spans } = this.#context;
    if (spans === null) return null;
    const { recipients, lane, claims } = entry;
    return spans.start({
      name: 'fan-out',
      kind: 'internal',
      parent: event.body.trace ?? null,
      attributes: {
        'messaging.message.id': messageIdOf(event),
        'relay.recipients': recipients.length,
        'relay.lane': lane,
        'relay.claims': claims,
      },
    });
  }

  async #planAlone(opened: Opened, task: EntryWork): Promise<void> {
    const { run, request } = opened;
    const planned = this.#bulkPlanned.then(() => this.#context.fanOut.plan(request));
    this.#bulkPlanned = planned.catch(() => {});
    try {
      const plan = await planned;
      this.#send(opened, plan, task);
    } catch (error) {
      task.ended(run, error);
    }
  }

  async #planTogether(together: readonly Opened[], task: EntryWork): Promise<void> {
    const { fanOut } = this.#context;
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
    const slice = new Slice();
    const plans: (FanOutPlan | null)[] = [];
    for (let index = 0; index < together.length; index += 1) {
      const opened = together[index];
      const findings = found[index];
      if (opened === undefined || findings === undefined) continue;
      if (slice.isOver) await slice.rest();
      const { run, request } = opened;
      try {
        plans[index] = 'groups' in findings ? findings : fanOut.planFound(request, findings);
      } catch (error) {
        plans[index] = null;
        task.ended(run, error);
      }
    }
    const planned = plans.filter((plan) => plan !== null);
    try {
      const numbering = fanOut.number(planned);
      if (numbering !== null) await numbering;
    } catch (error) {
      for (const [index, { run }] of together.entries())
        if ((plans[index] ?? null) !== null) task.ended(run, error);
      return;
    }
    for (const [index, opened] of together.entries()) {
      const plan = plans[index] ?? null;
      if (plan === null) continue;
      if (slice.isOver) await slice.rest();
      try {
        this.#send(opened, plan, task);
      } catch (error) {
        task.ended(opened.run, error);
      }
    }
  }

  #send({ run, request, span }: Opened, plan: FanOutPlan, task: EntryWork): void {
    const { event } = request;
    run.begin(plan);
    const deliveries = plan.groups.reduce((sum, { planned }) => sum + planned.length, 0);
    span?.end({ 'relay.deliveries': deliveries }, null);
    const message = messageOf(event);
    const keep = (owner: ResultOwner, result: DeliveryResult) =>
      this.#context.results.take(run.results, message, owner, null, result);
    for (const pending of plan.postponed) keep(pending, { kind: 'pending', pending });
    for (const { device, tokenKind } of plan.unroutable) {
      const { uid, deviceId } = device;
      keep({ uid, deviceId, tokenKind }, { kind: 'dead', reason: noCredential(device) });
    }
    for (const uid of plan.tooLate)
      keep({ uid, deviceId: null, tokenKind: null }, { kind: 'dead', reason: 'older than delivery.max_age' });
    if (plan.groups.length > 0) this.#dispatch(run, event, plan, span, task.mayStillSend);
    run.whenFinished(() => this.#finish(run, task));
  }

  #dispatch(
    run: EntryRun,
    event: DecodedEvent,
    plan: FanOutPlan,
    span: Span | null,
    mayStillSend: () => boolean,
  ): void {
    const { entry } = run;
    const message = messageOf(event);
    // Whoever could not renew the claim stops so early that what it has begun times out before another holder begins.
    const stopAfterMs = this.#context.options.claimTimeMs / 2;
    const mayStillSendEntry = () =>
      !run.lost && mayStillSend() && this.#context.clock.monotonicMs() - run.heldAtMs < stopAfterMs;
    for (const { route, notification, planned: all } of plan.groups) {
      const { id } = route;
      this.#context.dispatcher.dispatch({
        route,
        bodyId: entry.bodyId,
        messageId: message.messageId,
        lane: entry.lane,
        notification,
        receivedAtMs: entry.receivedAtMs,
        deadlineMs: event.deadlineMs,
        planned: all,
        trace: span?.traceparent ?? null,
        mayStillSend: mayStillSendEntry,
        done: (planned, result) => {
          this.#context.results.take(run.results, message, planned, id, result);
          run.settle(planned.recipient, result.kind);
        },
      });
    }
  }

  #finish(run: EntryRun, task: EntryWork): void {
    if (run.lost) return task.ended(run, null);
    const { bodyId, body, receivedAtMs } = run.entry;
    this.#context.results.keep(
      run.results,
      () => this.#context.decoded.read(bodyId, body, receivedAtMs),
      () => task.ended(run, null),
      (error) => task.ended(run, error),
    );
  }

  #bury(run: EntryRun, reason: string, task: EntryWork): null {
    const recipients = run.pendingRecipients().map((index) => run.entry.recipients[index] ?? '');
    this.#context.deadLetters.writeEntry({ ...run.entry, recipients }, reason).then(
      () => {
        this.#context.events.entryBuried(run.entry, reason);
        this.#tellBuried(run.entry, recipients, reason);
        task.ended(run, null);
      },
      (error: unknown) => task.ended(run, error),
    );
    return null;
  }

  /** Only which message it is is read: anything else in it may be what has ended its holders. */
  #tellBuried({ body, receivedAtMs }: InboxEntry, recipients: readonly string[], reason: string): void {
    let messageId: string;
    try {
      messageId = messageIdOf({ body: decodeBody(body) });
    } catch {
      return;
    }
    const message = { messageId, receivedAtMs };
    for (const uid of recipients) {
      const owner = { uid, deviceId: null, tokenKind: null };
      this.#context.results.take(new Results(), message, owner, null, { kind: 'dead', reason });
    }
  }
}

function messageOf(event: DecodedEvent): ToldMessage {
  return { messageId: messageIdOf(event), receivedAtMs: event.receivedAtMs };
}

/** A look-up of so many takes about a millisecond of the event loop. */
const recipientsTogether = 100;
