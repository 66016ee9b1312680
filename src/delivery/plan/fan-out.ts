/*
 * Open this file first: it turns an inbox entry into deliveries. `decoded-event.ts` is the event, read once.
 * `duplicate-keys.ts` recognizes repeats, `recipient-look-up.ts` asks the store about many recipients at a time (with
 * `names.ts`), `online-recipients.ts` asks WuKongIM who is online, and the rules of `delivery/rules/` decide. `plan-builder.ts`
 * collects the deliveries (`delivery-id.ts`), with the texts of `renderer.ts` and the numbers of `badge-numbers.ts`
 * (`badge-tally.ts`). `storm-guard.ts` and `storm-summary.ts` hold back
 * what comes too fast. `expiry.ts` and `shared/deadlines.ts` decide when it is too late,
 * `journey-words.ts` says what became of whom. Calls: `call-of-event.ts` reads one, `ringing-calls.ts` and `ended-calls.ts` know
 * which is over. `recalls.ts` decides what a recalled message changes, and `resolver-answers.ts` fills in what only the app's
 * server knows.
 */

import type { CallEnd } from '../../content/calls/call-end';
import type { Clock } from '../../domain/clock';
import type { InboxEntry } from '../../domain/inbox-entry';
import type { Journey } from '../../domain/journey';
import type { Recipient } from '../../domain/people';
import type { RecipientResult } from '../../domain/recipient-result';
import type { DeliveryEvents } from '../../observability/delivery-events';
import type { DuplicateMarks } from '../../store/ports/duplicate-marks';
import type { DeliveryOptions } from '../options';
import { judge, type Moment, type Verdict } from '../rules/rule';
import type { Deadlines } from '../../shared/deadlines';
import type { BadgeNumbers, BadgeWork } from './badge-numbers';
import { messageIdOf, type DecodedEvent, type Names } from './decoded-event';
import { markRequests } from './duplicate-keys';
import type { EndedCalls } from './ended-calls';
import { ownExpiryMs } from './expiry';
import { detailOf, originOf } from './journey-words';
import { nameless, type Asked } from './names';
import { emptyPlan, PlanBuilder, type FanOutPlan, type PlanContext } from './plan-builder';
import type { Recalls, Standing } from './recalls';
import type { RingingCalls } from './ringing-calls';
import type { RecipientLookUp } from './recipient-look-up';
import { Slice } from '../../runtime/slice';

export interface FanOutContext extends PlanContext {
  readonly options: Pick<DeliveryOptions, 'dedupWindowMs' | 'suspendForMs' | 'syncTtlMs'>;
  readonly deadlines: Pick<Deadlines, 'of' | 'nowMs'>;
  readonly lookUp: RecipientLookUp;
  readonly duplicateMarks: DuplicateMarks;
  readonly endedCalls: EndedCalls;
  readonly ringingCalls: RingingCalls;
  readonly recalls: Recalls;
  /** Null: no push has a badge. */
  readonly badgeNumbers: BadgeNumbers | null;
  readonly events: DeliveryEvents;
  readonly journey: Journey;
  readonly clock: Clock;
}

type Entry = Pick<InboxEntry, 'id' | 'recipients' | 'marksHeld'>;

/** An entry to be planned. */
export interface FanOutRequest {
  readonly event: DecodedEvent;
  readonly entry: Entry;
  /** Indices of the recipients who may get it, duplicates among them; a plan where it is too late for all. */
  readonly eligible: readonly number[] | FanOutPlan;
}

/** What the store says of those of a request's recipients who may get it: indices, and their facts in the same order. */
export interface FanOutFindings {
  readonly wanted: readonly number[];
  readonly recipients: readonly Recipient[];
  readonly names: Names;
  readonly standing: Standing;
}

/** Recipients → devices → deliveries, less those who must not or cannot get it. Skips are counted, one a recipient. */
export class FanOut {
  readonly #slice = new Slice();
  readonly #context: FanOutContext;

  constructor(context: FanOutContext) {
    this.#context = context;
  }

  /** `pendingRecipients` are indices of those that are not done yet. Skips are counted here, once. */
  request(event: DecodedEvent, entry: Entry, pendingRecipients: readonly number[]): FanOutRequest {
    return { event, entry, eligible: this.#eligible(event, entry, pendingRecipients) };
  }

  /**
   * For some small entries together: one question to the store for all of them. Findings are in their order, for
   * `planFound`; a plan where there is nothing to look up.
   */
  async lookUp(requests: readonly FanOutRequest[]): Promise<readonly (FanOutFindings | FanOutPlan)[]> {
    const allWanted = await this.#allWanted(requests);
    const asked: Asked[] = [];
    for (const [position, { event, entry }] of requests.entries()) {
      const wanted = allWanted[position];
      if (wanted instanceof Array && wanted.length > 0) asked.push({ event, uids: uidsOf(entry, wanted) });
    }
    if (asked.length === 0) return allWanted.map((wanted) => (wanted instanceof Array ? emptyPlan : wanted));
    const events = asked.map((one) => one.event);
    const [found, standings] = await Promise.all([
      this.#context.lookUp.find(asked),
      this.#context.recalls.of(events),
    ]);
    let position = 0;
    let from = 0;
    return allWanted.map((wanted) => {
      if (!(wanted instanceof Array)) return wanted;
      if (wanted.length === 0) return emptyPlan;
      const recipients = found.recipients.slice(from, (from += wanted.length));
      const at = position++;
      const standing = standings[at] ?? 'current';
      if (standing === 'recalled') return this.#leaveOut('recalled', asked[at]);
      return { wanted, recipients, names: found.names[at] ?? nameless, standing };
    });
  }

  /** Throws on what is a bug, or content that nobody foresaw: one request's, not the others'. */
  planFound({ event }: FanOutRequest, { wanted, recipients, names, standing }: FanOutFindings): FanOutPlan {
    const builder = this.planOf(event, names);
    this.#context.recalls.remember(event);
    this.#add(builder, wanted, recipients, standing);
    return builder;
  }

  /** For an entry that may be large: in slices, between which a message to one person finds its way. One at a time. */
  async plan({ event, entry, eligible }: FanOutRequest): Promise<FanOutPlan> {
    if (!(eligible instanceof Array)) return eligible;
    const [wanted, [standing = 'current']] = await Promise.all([
      this.#withoutDone(event, entry, eligible),
      this.#context.recalls.of([event]),
    ]);
    if (standing === 'recalled') return this.#leaveOut('recalled', { event, uids: uidsOf(entry, wanted) });
    let builder: PlanBuilder | null = null;
    for (let from = 0; from < wanted.length; from += recipientsAtOnce) {
      if (this.#slice.isOver) await this.#slice.rest();
      const some = wanted.slice(from, from + recipientsAtOnce);
      const { recipients, names } = await this.#context.lookUp.findOf(event, uidsOf(entry, some));
      if (builder === null) this.#context.recalls.remember(event);
      builder ??= this.planOf(event, names);
      builder.useNames(names);
      this.#add(builder, some, recipients, standing);
      await this.number([builder]);
    }
    return builder ?? emptyPlan;
  }

  /** Puts badges on what these plans hold: one question to the store for all. Null: there is nothing to ask. */
  number(plans: readonly FanOutPlan[]): Promise<void> | null {
    const { badgeNumbers } = this.#context;
    if (badgeNumbers === null) return null;
    const works: BadgeWork[] = [];
    for (const plan of plans) {
      const work = plan instanceof PlanBuilder ? plan.takeBadgeWork() : null;
      if (work !== null) works.push(work);
    }
    return works.length === 0 ? null : badgeNumbers.fill(works);
  }

  /** An empty plan for an event, by the rules as they are now. */
  planOf(event: DecodedEvent, names: Names): PlanBuilder {
    return new PlanBuilder(this.#context, event, names, this.#now());
  }

  #add(
    builder: PlanBuilder,
    wanted: readonly number[],
    recipients: readonly Recipient[],
    standing: Standing,
  ): void {
    const { event } = builder;
    for (let position = 0; position < wanted.length; position += 1) {
      const recipient = recipients[position];
      if (recipient === undefined) continue;
      const index = wanted[position] ?? 0;
      const result =
        standing === 'overtaken'
          ? builder.addOvertaken(recipient, index)
          : builder.addRecipient(recipient, index);
      this.#tell(result, recipient.uid, event, recipient);
    }
  }

  /** Without a wait where neither duplicate marks nor ends of calls nor recalls have to be asked for. */
  #allWanted(
    requests: readonly FanOutRequest[],
  ): readonly (readonly number[] | FanOutPlan)[] | Promise<readonly (readonly number[] | FanOutPlan)[]> {
    const asks = ({ event, entry }: FanOutRequest) =>
      asksForMarks(event, entry) || event.call !== null || isRecall(event) || endOf(event) !== null;
    if (!requests.some(asks)) return requests.map(({ eligible }) => eligible);
    return Promise.all(
      requests.map(async (request) => {
        const { eligible } = request;
        return eligible instanceof Array
          ? this.#withoutDone(request.event, request.entry, eligible)
          : eligible;
      }),
    );
  }

  /** Indices; a plan where nobody is left because it is too late. */
  #eligible(
    event: DecodedEvent,
    { recipients }: Entry,
    pending: readonly number[],
  ): readonly number[] | FanOutPlan {
    const now = this.#now();
    const { messageRules } = this.#context;
    const tooLate: string[] = [];
    const eligible = pending.filter((index) => {
      const uid = recipients[index] ?? '';
      const verdict = judge(messageRules, event, uid, now);
      if (verdict === 'send') return true;
      if (verdict === 'expired') tooLate.push(uid);
      else this.#tell(verdict, uid, event);
      return false;
    });
    return tooLate.length === 0 ? eligible : this.#tooLate(event, tooLate);
  }

  /** A message that has outlived itself needs no dead letter; one that waited here for too long does. */
  #tooLate(event: DecodedEvent, tooLate: readonly string[]): FanOutPlan {
    const diedByItself = this.#context.deadlines.of(ownExpiryMs(event)) === 'over';
    const counted = diedByItself ? 'expired' : 'too_late';
    for (const uid of tooLate) this.#tell('expired', uid, event, null, counted);
    return diedByItself ? emptyPlan : { ...emptyPlan, tooLate };
  }

  #now(): Moment {
    return { wallMs: this.#context.clock.now(), certainMs: this.#context.deadlines.nowMs() };
  }

  /** Less those who have it, and those for whom the call is over; nobody where the event is not for showing. */
  async #withoutDone(
    event: DecodedEvent,
    entry: Entry,
    indices: readonly number[],
  ): Promise<readonly number[]> {
    const uids = uidsOf(entry, indices);
    const verdict = await this.#verdictOnAll(event, uids);
    if (verdict !== 'send') {
      this.#leaveOut(verdict, { event, uids });
      return [];
    }
    return this.#withoutEndedCalls(event, entry, await this.#withoutDuplicates(event, entry, indices));
  }

  /** Of what is about an earlier message: the end of a call, which is told by an event of its own, or a recall. */
  async #verdictOnAll(event: DecodedEvent, uids: readonly string[]): Promise<Verdict> {
    const { ringingCalls, recalls } = this.#context;
    const end = endOf(event);
    if (end !== null) {
      await ringingCalls.end(end, uids, event.receivedAtMs);
      return 'command';
    }
    return uids.length === 0 ? 'send' : recalls.judge(event);
  }

  async #withoutEndedCalls(
    event: DecodedEvent,
    entry: Entry,
    indices: readonly number[],
  ): Promise<readonly number[]> {
    const { endedCalls, ringingCalls } = this.#context;
    const ended = await endedCalls.of(event, uidsOf(entry, indices));
    if (ended === null) return indices;
    const isOver = (over: boolean, index: number): boolean => {
      if (over) this.#tell('recalled', entry.recipients[index] ?? '', event);
      return over;
    };
    const ringing = indices.filter((index, position) => !isOver(ended[position] === true, index));
    const overtaken = await ringingCalls.remember(event, uidsOf(entry, ringing));
    return ringing.filter((index) => !isOver(overtaken.has(entry.recipients[index] ?? ''), index));
  }

  #leaveOut(result: RecipientResult, asked: Asked | undefined): FanOutPlan {
    if (asked !== undefined) for (const uid of asked.uids) this.#tell(result, uid, asked.event);
    return emptyPlan;
  }

  async #withoutDuplicates(
    event: DecodedEvent,
    entry: Entry,
    indices: readonly number[],
  ): Promise<readonly number[]> {
    if (indices.length === 0 || !asksForMarks(event, entry)) return indices;
    const requests = markRequests(event.body, uidsOf(entry, indices));
    const mine = await this.#context.duplicateMarks.claim(
      requests,
      entry.id,
      this.#context.options.dedupWindowMs,
    );
    return indices.filter((index, position) => {
      if (mine[position] === true) return true;
      this.#tell('duplicate', entry.recipients[index] ?? '', event);
      return false;
    });
  }

  #tell(
    result: RecipientResult,
    uid: string,
    event: DecodedEvent,
    recipient: Recipient | null = null,
    counted: RecipientResult | 'too_late' = result,
  ): void {
    const { events, journey, clock } = this.#context;
    events.recipient(counted);
    if (!journey.isFollowed) return;
    journey.tell({
      messageId: messageIdOf(event),
      receivedAtMs: event.receivedAtMs,
      origin: (event.origin ??= originOf(event)),
      uid,
      deviceId: null,
      step: result === 'pushed' ? 'planned' : 'skipped',
      reason: result === 'pushed' ? null : result,
      detail: detailOf(result, event, recipient),
      atMs: clock.now(),
    });
  }
}

function uidsOf({ recipients }: Entry, indices: readonly number[]): string[] {
  return indices.map((index) => recipients[index] ?? '');
}

function isRecall({ content }: DecodedEvent): boolean {
  return content !== null && content.recall !== null;
}

function endOf({ content }: DecodedEvent): CallEnd | null {
  return content === null ? null : content.callEnd;
}

/** Marks that the entry came with hold already. A replay was asked for by a person, so it may repeat. */
function asksForMarks({ body }: DecodedEvent, { marksHeld }: Entry): boolean {
  return marksHeld !== true && body.replay === undefined;
}

const recipientsAtOnce = 100;
