import { isVisibleTo } from '../../content/audience';
import type { Device } from '../../domain/device';
import type { InboxEntry } from '../../domain/inbox-entry';
import type { PendingDelivery } from '../../domain/pending-delivery';
import type { DeliveryEvents, RecipientResult } from '../../observability/delivery-events';
import type { Devices } from '../../store/ports/devices';
import type { DuplicateMarks } from '../../store/ports/duplicate-marks';
import type { Profiles } from '../../store/ports/people';
import type { Deadlines } from './deadlines';
import { markRequests } from './duplicate-keys';
import { ownExpiryMs } from './expiry';
import { emptyPlan, Grouping, type DeliveryGroup, type FanOutPlan, type GroupingContext } from './grouping';
import { nameless, readNames } from './names';
import type { DeliveryOptions } from '../options';
import type { PlannedDelivery } from '../send/planned-delivery';
import { workId, type Names, type Work } from './work';

export interface FanOutContext extends GroupingContext {
  readonly options: Pick<DeliveryOptions, 'dedupWindowMs' | 'suspendForMs'>;
  readonly deadlines: Pick<Deadlines, 'of'>;
  readonly devices: Devices;
  readonly duplicateMarks: DuplicateMarks;
  readonly profiles: Profiles;
  readonly events: DeliveryEvents;
}

type Entry = Pick<InboxEntry, 'id' | 'recipients' | 'marksHeld'>;

/** An entry to be planned. */
export interface FanOutRequest {
  readonly work: Work;
  readonly entry: Entry;
  /** Indices of the recipients who may get it, duplicates among them; a plan where it is too late for all. */
  readonly eligible: readonly number[] | FanOutPlan;
}

/** What the store says of those of a request's recipients who are to get it: indices, and their devices in the same order. */
export interface FanOutFindings {
  readonly wanted: readonly number[];
  readonly devices: readonly (readonly Device[])[];
  readonly names: Names;
}

/** Recipients → devices → deliveries, less those who must not or cannot get it. Skips are counted, one a recipient. */
export class FanOut {
  constructor(private readonly context: FanOutContext) {}

  /** `pendingRecipients` are indices of those that are not done yet. Skips are counted here, once. */
  request(work: Work, entry: Entry, pendingRecipients: readonly number[]): FanOutRequest {
    return { work, entry, eligible: this.#eligible(work, entry, pendingRecipients) };
  }

  /**
   * For some small entries together: one question to the store for all of them. Findings are in their order, for
   * `planFound`; a plan where there is nothing to look up.
   */
  async lookUp(requests: readonly FanOutRequest[]): Promise<readonly (FanOutFindings | FanOutPlan)[]> {
    const allWanted = await this.#allWanted(requests);
    const uids: string[] = [];
    for (const [position, { entry }] of requests.entries()) {
      const wanted = allWanted[position];
      if (wanted instanceof Array) for (const index of wanted) uids.push(entry.recipients[index] ?? '');
    }
    if (uids.length === 0) return allWanted.map((wanted) => (wanted instanceof Array ? emptyPlan : wanted));
    const [devices, names] = await Promise.all([
      this.context.devices.listMany(uids),
      readNames(
        this.context.profiles,
        requests.map(({ work }) => work),
      ),
    ]);
    let from = 0;
    return allWanted.map((wanted, position) => {
      if (!(wanted instanceof Array)) return wanted;
      const own = devices.slice(from, (from += wanted.length));
      return { wanted, devices: own, names: names[position] ?? nameless };
    });
  }

  /** Throws on what is a bug, or content that nobody foresaw: one request's, not the others'. */
  planFound({ work, entry }: FanOutRequest, { wanted, devices, names }: FanOutFindings): FanOutPlan {
    const grouping = new Grouping(this.context, work, names);
    this.#add(grouping, entry.recipients, wanted, devices);
    return grouping;
  }

  /** For an entry that may be large: in slices, between which a message to one person finds its way. */
  async plan(request: FanOutRequest): Promise<FanOutPlan> {
    const { work, entry, eligible } = request;
    if (!(eligible instanceof Array)) return eligible;
    const wanted = await this.#withoutDuplicates(request, eligible);
    let grouping: Grouping | null = null;
    for (let from = 0; from < wanted.length; from += recipientsAtOnce) {
      const slice = wanted.slice(from, from + recipientsAtOnce);
      const [devices, names] = await Promise.all([
        this.context.devices.listMany(slice.map((index) => entry.recipients[index] ?? '')),
        this.namesOf(work),
      ]);
      grouping ??= new Grouping(this.context, work, names);
      this.#add(grouping, entry.recipients, slice, devices);
    }
    return grouping ?? emptyPlan;
  }

  /** A delivery that waited, for the device as it is now; a result where nothing can go out to it any more. */
  replan(
    work: Work,
    device: Device,
    pending: PendingDelivery,
    probe: PlannedDelivery['probe'],
    names: Names,
  ): DeliveryGroup | RecipientResult {
    const grouping = new Grouping(this.context, work, names);
    const added = grouping.addWaiting(device, pending, probe);
    return grouping.groups[0] ?? added;
  }

  /** Asked for once for a work of several entries. */
  namesOf(work: Work): Promise<Names> {
    return (work.names ??= readNames(this.context.profiles, [work]).then(
      ([names]) => names ?? nameless,
      (error: unknown) => {
        work.names = null;
        throw error;
      },
    ));
  }

  #add(
    grouping: Grouping,
    recipients: readonly string[],
    wanted: readonly number[],
    devices: readonly (readonly Device[])[],
  ): void {
    for (let position = 0; position < wanted.length; position += 1) {
      const recipient = wanted[position] ?? 0;
      const added = grouping.addRecipient(recipients[recipient] ?? '', recipient, devices[position] ?? []);
      this.context.events.recipient(added, recipients[recipient] ?? '', workId(grouping.work));
    }
  }

  /** Without a wait where no duplicate marks have to be asked for. */
  #allWanted(
    requests: readonly FanOutRequest[],
  ): readonly (readonly number[] | FanOutPlan)[] | Promise<readonly (readonly number[] | FanOutPlan)[]> {
    const isMarked = ({ entry, work }: FanOutRequest) => entry.marksHeld === true || work.body.replay;
    if (requests.every(isMarked)) return requests.map(({ eligible }) => eligible);
    return Promise.all(
      requests.map(async (request) => {
        const { eligible } = request;
        return eligible instanceof Array ? this.#withoutDuplicates(request, eligible) : eligible;
      }),
    );
  }

  /** Indices; a plan where nobody is left because it is too late. */
  #eligible(work: Work, entry: Entry, pendingRecipients: readonly number[]): readonly number[] | FanOutPlan {
    if (work.content?.command) {
      for (const index of pendingRecipients) this.#skip('command', entry.recipients[index] ?? '', work);
      return noIndices;
    }
    const eligible = pendingRecipients.filter((index) => {
      const skipped = skipReason(work, entry.recipients[index] ?? '');
      if (skipped !== null) this.#skip(skipped, entry.recipients[index] ?? '', work);
      return skipped === null;
    });
    if (this.context.deadlines.of(work.deadlineMs) !== 'over') return eligible;
    return this.#tooLate(
      work,
      eligible.map((index) => entry.recipients[index] ?? ''),
    );
  }

  /** A message that has outlived itself needs no dead letter; one that waited here for too long does. */
  #tooLate(work: Work, uids: readonly string[]): FanOutPlan {
    for (const uid of uids) this.#skip('expired', uid, work);
    const diedByItself = this.context.deadlines.of(ownExpiryMs(work.body, work.receivedAtMs)) === 'over';
    return diedByItself ? emptyPlan : { ...emptyPlan, tooLate: uids };
  }

  /** A replay was asked for by a person, so it may repeat. */
  async #withoutDuplicates(
    { work, entry }: FanOutRequest,
    indices: readonly number[],
  ): Promise<readonly number[]> {
    if (indices.length === 0 || entry.marksHeld === true || work.body.replay !== undefined) return indices;
    const requests = markRequests(
      work.body,
      indices.map((index) => entry.recipients[index] ?? ''),
    );
    const mine = await this.context.duplicateMarks.claim(
      requests,
      entry.id,
      this.context.options.dedupWindowMs,
    );
    return indices.filter((index, position) => {
      if (mine[position] === true) return true;
      this.#skip('duplicate', entry.recipients[index] ?? '', work);
      return false;
    });
  }

  #skip(result: RecipientResult, uid: string, work: Work): void {
    this.context.events.recipient(result, uid, workId(work));
  }
}

const recipientsAtOnce = 100;
const noIndices: readonly number[] = [];

function skipReason(work: Work, uid: string): RecipientResult | null {
  if (work.body.kind === 'push' || work.content === null) return null;
  if (uid === work.body.message.fromUid) return 'sender';
  return isVisibleTo(work.content, uid) ? null : 'hidden';
}
