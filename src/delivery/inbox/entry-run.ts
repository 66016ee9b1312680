import type { InboxEntry } from '../../domain/inbox-entry';
import type { FanOutPlan } from '../plan/plan-builder';
import type { DeliveryResult } from '../send/planned-delivery';
import { Results } from '../send/result-keeper';

/**
 * One claimed inbox entry being worked off.
 *
 * planning (its deliveries are not known) → sending (deliveries are out) → finished (each has a result). Beside it:
 * held, until `lose` (another holder has it: nothing more is sent, and its end is not written).
 *
 * Deliveries that have to wait are stored by the entry's end, in one step with it. Stored before, a crash in between
 * would leave them twice: in the store, and in an entry that is worked off again.
 */
export class EntryRun {
  readonly results = new Results();
  /** By recipient: deliveries that are not over for good. */
  readonly #outstanding: Uint16Array;
  #left = 0;
  #lost = false;
  #planned = false;
  #changed = false;
  #finished: (() => void) | null = null;

  /** When the claim was last known to be ours, by the monotonic clock. */
  heldAtMs: number;
  /** Its end is being written: the store may have it already, and then knows no claim any more. */
  isEnding = false;

  constructor(
    readonly entry: InboxEntry,
    nowMs: number,
  ) {
    // A process that was stopped reads the answer long after the claim was made.
    this.heldAtMs = entry.claimedAtMs ?? nowMs;
    this.#outstanding = new Uint16Array(entry.recipients.length);
  }

  get lost(): boolean {
    return this.#lost;
  }

  /** At most so many recipients wait for an answer of a provider. */
  get open(): number {
    const { length } = this.entry.recipients;
    return this.#planned ? Math.min(this.#left, length) : length;
  }

  /** Indices of recipients that no earlier holder finished. */
  pendingRecipients(): number[] {
    const { progress, recipients } = this.entry;
    const indices: number[] = [];
    for (let index = 0; index < recipients.length; index += 1)
      if (!isDone(progress, index)) indices.push(index);
    return indices;
  }

  begin(plan: FanOutPlan): void {
    this.#holdBack([...plan.postponed, ...plan.unroutable.map(({ device }) => device)].map(({ uid }) => uid));
    this.#holdBack(plan.tooLate);
    for (const group of plan.groups) {
      this.#left += group.planned.length;
      for (const { recipient } of group.planned)
        this.#outstanding[recipient] = (this.#outstanding[recipient] ?? 0) + 1;
    }
    this.#planned = true;
  }

  /** A delivery of a recipient has its result, of this kind. */
  settle(recipient: number, kind: DeliveryResult['kind']): void {
    if (kind === 'accepted' || kind === 'dropped') this.#over(recipient);
    else if (kind === 'abandoned') this.#lost = true;
    this.#left -= 1;
    if (this.#left === 0) this.#finished?.();
  }

  /** Calls back once, when every delivery has its result: at once, or later. */
  whenFinished(call: () => void): void {
    if (this.#left === 0) call();
    else this.#finished = call;
  }

  lose(): void {
    this.#lost = true;
  }

  /** Recipients are done that `progress` has not told of. */
  get hasProgress(): boolean {
    return this.#planned && this.#changed;
  }

  /** The same before the end of the entry, which says itself that a single recipient is done. */
  get hasNewProgress(): boolean {
    return this.hasProgress && this.#outstanding.length > 1;
  }

  /** What `progress` told last could not be written down. */
  progressFailed(): void {
    this.#changed = true;
  }

  /**
   * A bit for each recipient whose deliveries are all over: the next holder skips them. Null when nothing changed.
   * Recipients with a delivery that waits or is dead are not done before the end of the entry, which writes that down.
   */
  progress(): Buffer | null {
    if (!this.hasProgress) return null;
    this.#changed = false;
    const bits = Buffer.alloc(Math.ceil(this.entry.recipients.length / 8));
    this.#outstanding.forEach((left, index) => {
      if (left === 0) bits[index >> 3] = (bits[index >> 3] ?? 0) | (1 << (index & 7));
    });
    return bits;
  }

  /** One delivery of a recipient; progress is told of recipients. */
  #over(recipient: number): void {
    const left = (this.#outstanding[recipient] ?? 1) - 1;
    this.#outstanding[recipient] = left;
    if (left === 0) this.#changed = true;
  }

  #holdBack(unfinished: readonly string[]): void {
    if (unfinished.length === 0) return;
    const uids = new Set(unfinished);
    this.entry.recipients.forEach((uid, index) => {
      if (uids.has(uid)) this.#outstanding[index] = (this.#outstanding[index] ?? 0) + 1;
    });
  }
}

function isDone(progress: Buffer | null, index: number): boolean {
  return progress !== null && ((progress[index >> 3] ?? 0) & (1 << (index & 7))) !== 0;
}
