import type { Clock } from '../../domain/clock';
import type { PendingDelivery } from '../../domain/pending-delivery';
import type { Recipient } from '../../domain/people';
import type { DropReason, RecipientResult } from '../../domain/recipient-result';
import type { DeliveryEvents } from '../../observability/delivery-events';
import type { ClaimedDelivery, PendingSettlement, Retries } from '../../store/ports/retries';
import type { SharedState } from '../../store/ports/shared-state';
import type { DeliveryOptions } from '../options';
import { SettlementWriter } from '../inbox/settlement-writer';
import type { Deadlines } from '../../shared/deadlines';
import { Running } from '../../shared/running';
import { messageIdOf, type DecodedEvent, type DecodedEvents, type Names } from '../plan/decoded-event';
import type { EndedCalls } from '../plan/ended-calls';
import type { FanOut } from '../plan/fan-out';
import type { Recalls, Standing } from '../plan/recalls';
import { nameless } from '../plan/names';
import type { DeliveryGroup, PlanBuilder } from '../plan/plan-builder';
import type { RecipientLookUp } from '../plan/recipient-look-up';
import { closedSummary, joinSummaries } from '../plan/storm-summary';
import type { RouteState } from '../routes/routes';
import type { DeadLetterWriter } from '../send/dead-letter-writer';
import type { Dispatcher } from '../send/dispatcher';
import { noCredential, type DeliveryResult, type PlannedDelivery } from '../send/planned-delivery';
import { Results, type ResultKeeper } from '../send/result-keeper';
import { LateConversations, type LateVerdict } from './late-conversations';
import { ReadMarks } from './read-marks';

export interface WaitingSenderContext {
  readonly options: Pick<DeliveryOptions, 'claimTimeMs'>;
  readonly retries: Pick<Retries, 'settle'>;
  readonly decoded: DecodedEvents;
  readonly lookUp: RecipientLookUp;
  readonly fanOut: Pick<FanOut, 'planOf' | 'number'>;
  readonly endedCalls: EndedCalls;
  readonly recalls: Pick<Recalls, 'of'>;
  readonly sharedState: Pick<SharedState, 'getMany'>;
  readonly dispatcher: Dispatcher;
  readonly deadLetters: Pick<DeadLetterWriter, 'writeEntry'>;
  readonly results: ResultKeeper;
  readonly deadlines: Deadlines;
  readonly events: DeliveryEvents;
  readonly clock: Clock;
}

/** A claimed delivery with its event. */
interface Opened {
  readonly one: ClaimedDelivery;
  readonly event: DecodedEvent;
}

/** What the store says by now of the recipient and the message of such a delivery. */
interface Found {
  readonly recipient: Recipient;
  readonly names: Names;
  readonly isRecalled: boolean;
}

/** Where it was claimed from, and what it is to find out there. */
interface Origin {
  readonly route: RouteState | undefined;
  readonly probe: PlannedDelivery['probe'];
}

/**
 * Attempts deliveries that were claimed from the store: looked up together, by the rules as they are now, those of one
 * notification in one batch. Each is settled by itself.
 */
export class WaitingSender {
  readonly #settlements: SettlementWriter<PendingSettlement>;
  readonly #late: LateConversations;
  readonly #readMarks: ReadMarks;
  readonly #context: WaitingSenderContext;
  readonly #mayStillSend: () => boolean;

  constructor(context: WaitingSenderContext, mayStillSend: () => boolean) {
    this.#context = context;
    this.#mayStillSend = mayStillSend;

    const { retries, sharedState, deadlines, events, clock } = context;
    this.#settlements = new SettlementWriter(
      (settlements) => retries.settle(settlements),
      events.settleFailed,
    );
    this.#late = new LateConversations(deadlines, clock);
    this.#readMarks = new ReadMarks(sharedState);
  }

  /** Resolves when each is settled, or could not be: then its lease runs out, and it comes back. */
  async send(
    claimed: readonly ClaimedDelivery[],
    route: RouteState | undefined,
    probe: PlannedDelivery['probe'],
  ): Promise<void> {
    const { joined, absorbed } = joinSummaries(claimed);
    const opened: Opened[] = [];
    const ends = new Running(this.#context.events.claimFailed);
    for (const one of joined) {
      const event = this.#read(one);
      if (event === null) ends.add(this.#bury(one));
      else opened.push({ one, event });
    }
    const [{ recipients, names }, ended, standings, areRead] = await Promise.all([
      this.#context.lookUp.find(opened.map(({ one, event }) => ({ event, uids: [one.pending.uid] }))),
      this.#endedCalls(opened),
      this.#context.recalls.of(opened.map(({ event }) => event)),
      this.#readMarks.areRead(opened.map(({ one, event }) => ({ pending: one.pending, event }))),
    ]);
    const late = probe === 'none' ? this.#late.judge(opened) : [];
    const plans = new Map<string, PlanBuilder>();
    for (const [index, due] of opened.entries()) {
      const recipient = recipients[index];
      if (recipient === undefined) continue;
      const result =
        (ended.has(due) ? takenBack : null) ??
        (areRead[index] === true ? readElsewhere : null) ??
        standingResult(due.one.pending, standings[index]) ??
        lateResult(due.one.pending, late[index]) ??
        this.#plan(
          plans,
          due,
          index,
          { recipient, names: names[index] ?? nameless, isRecalled: standings[index] === 'recalled' },
          { route, probe },
        );
      if (result !== null) ends.add(this.#settle(due, result));
    }
    const numbering = this.#context.fanOut.number([...plans.values()]);
    if (numbering !== null) await numbering;
    for (const { event, groups } of plans.values())
      for (const group of groups) ends.add(this.#dispatch(event, group, opened));
    await ends.ended();
    for (const { pending } of absorbed) await this.#write({ pending, next: null, leased: true });
  }

  /** Those whose call rings no longer: nothing is asked where none is about a call. */
  async #endedCalls(opened: readonly Opened[]): Promise<ReadonlySet<Opened>> {
    const { endedCalls } = this.#context;
    const answers = await Promise.all(
      opened.map(async ({ event, one }) => endedCalls.of(event, [one.pending.uid])),
    );
    return new Set(opened.filter((_, index) => answers[index]?.[0] === true));
  }

  #read({ pending, body }: ClaimedDelivery): DecodedEvent | null {
    try {
      return this.#context.decoded.read(pending.bodyId, body, pending.receivedAtMs);
    } catch (error) {
      this.#context.events.claimFailed(error);
      return null;
    }
  }

  /** Null: it is planned. Otherwise what becomes of it without an attempt. */
  #plan(
    plans: Map<string, PlanBuilder>,
    { one, event }: Opened,
    index: number,
    { recipient, names, isRecalled }: Found,
    { route, probe }: Origin,
  ): DeliveryResult | null {
    const { pending } = one;
    const { deadlines, clock, fanOut } = this.#context;
    const device = recipient.devices.find(({ deviceId }) => deviceId === pending.deviceId);
    // Before anything else: no dead letter tells of a user who has been erased.
    if (device === undefined) return { kind: 'dropped', reason: 'device_gone' };
    if (pending.collects !== undefined)
      return { kind: 'pending', pending: closedSummary(event, device, pending, clock.monotonicMs()) };
    if (deadlines.of(event.deadlineMs) === 'over') {
      const { lastReason } = pending;
      return { kind: 'dead', reason: lastReason === null ? 'expired' : `expired (${lastReason})` };
    }
    if (route === undefined) return { kind: 'dead', reason: `no credential for ${pending.route}` };
    let plan = plans.get(event.bodyId);
    if (plan === undefined) plans.set(event.bodyId, (plan = fanOut.planOf(event, names)));
    // Of a device that has moved, an answer says nothing of the credential that was to be tried.
    const probeOn = (target: RouteState) => (target === route ? probe : 'none');
    const added = plan.addWaiting(recipient, device, pending, index, probeOn, isRecalled);
    if (added === 'pushed') return null;
    // As for a message that finds the device like this: only where no credential fits, somebody has to know.
    return added === 'not_configured'
      ? { kind: 'dead', reason: noCredential(device) }
      : { kind: 'dropped', reason: dropReason(added) };
  }

  /** Resolves when each of the group is settled. */
  #dispatch(event: DecodedEvent, group: DeliveryGroup, opened: readonly Opened[]): Promise<void> {
    const { clock, options, dispatcher, events } = this.#context;
    const { bodyId, receivedAtMs, deadlineMs } = event;
    const nowMs = clock.monotonicMs();
    const claimedAtMs = Math.min(
      ...group.planned.map(({ recipient }) => opened[recipient]?.one.claimedAtMs ?? nowMs),
    );
    return new Promise((resolve) => {
      let open = group.planned.length;
      const settled = (): void => {
        open -= 1;
        if (open === 0) resolve();
      };
      dispatcher.dispatch({
        ...group,
        bodyId,
        messageId: messageIdOf(event),
        // A call does not wait behind what can wait.
        lane: event.call === null ? 'bulk' : 'direct',
        fromStore: true,
        receivedAtMs,
        deadlineMs,
        trace: event.body.trace ?? null,
        mayStillSend: () =>
          this.#mayStillSend() && clock.monotonicMs() - claimedAtMs < options.claimTimeMs / 2,
        done: ({ recipient }, result) => {
          const ended = opened[recipient];
          if (ended !== undefined)
            this.#settle(ended, result).catch(events.claimFailed).then(settled, settled);
        },
      });
    });
  }

  #settle({ one, event }: Opened, result: DeliveryResult): Promise<void> {
    const { pending } = one;
    const { receivedAtMs } = event;
    const { results, events } = this.#context;
    if (result.kind === 'dropped') events.dropped(result.reason);
    this.#late.ended(pending, event, result);
    const kept = new Results();
    results.take(kept, { messageId: messageIdOf(event), receivedAtMs }, pending, pending.route, result);
    return new Promise((resolve, reject) => {
      const settle = ([next]: readonly PendingDelivery[]): void =>
        this.#settlements.write({ pending, next: nextOf(pending, next, result), leased: true }, resolve);
      results.keep(kept, () => event, settle, reject);
    });
  }

  async #bury(one: ClaimedDelivery): Promise<void> {
    const { pending, body } = one;
    const { receivedAtMs, uid } = pending;
    await this.#context.deadLetters.writeEntry({ receivedAtMs, body, recipients: [uid] }, 'unreadable body');
    return this.#write({ pending, next: null });
  }

  #write(settlement: PendingSettlement): Promise<void> {
    return new Promise((resolve) => this.#settlements.write(settlement, resolve));
  }
}

/** What stays of it in the store. A summary stands for as many messages at every attempt. */
function nextOf(
  pending: PendingDelivery,
  next: PendingDelivery | undefined,
  result: DeliveryResult,
): PendingDelivery | null {
  if (result.kind === 'abandoned') return pending;
  if (next === undefined) return null;
  return pending.summaryOf === undefined ? next : { summaryOf: pending.summaryOf, ...next };
}

const takenBack: DeliveryResult = { kind: 'dropped', reason: 'recalled' };
const readElsewhere: DeliveryResult = { kind: 'dropped', reason: 'read' };
const superseded: DeliveryResult = { kind: 'dropped', reason: 'superseded' };

/** Null: it is attempted; a summary of more than the message that was taken back, too. */
function standingResult({ summaryOf = 1 }: PendingDelivery, standing?: Standing): DeliveryResult | null {
  if (standing === 'overtaken') return superseded;
  return standing === 'recalled' && summaryOf <= 1 ? takenBack : null;
}

/** Null: it is attempted. */
function lateResult(pending: PendingDelivery, verdict: LateVerdict | undefined): DeliveryResult | null {
  if (verdict === undefined || verdict === 'go') return null;
  if (verdict === 'superseded') return superseded;
  return { kind: 'pending', pending: { ...pending, dueAtMs: verdict.untilMs } };
}

function dropReason(result: Exclude<RecipientResult, 'pushed' | 'not_configured'>): DropReason {
  return result === 'no_device' ? 'device_gone' : result;
}
