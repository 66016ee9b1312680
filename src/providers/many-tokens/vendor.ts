import type { Delivery, Notification } from '../../domain/notification';
import type { Outcome } from '../../domain/outcome';
import type { ProviderName } from '../../domain/provider-table';
import type { ProviderResponse, Reading } from '../wire/exchange';

/** One call of the vendor, without its credential: a header for that is there already, empty. */
export interface VendorCall {
  /** Path and query, relative to the base URL. */
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
}

/** Why a notification is never sent to this vendor; the reason stands in the dead letter. */
export interface Unsendable {
  readonly unsendable: string;
}

/**
 * What an answer says.
 * - all: the same of every device token of the call.
 * - each: `outcomes` of single tokens; `rest` of those that the answer does not name, null where the vendor names every token: one
 *   that is missing is then tried again, as ambiguous.
 * - all_invalid: the vendor calls all device tokens of the call invalid, which a wrong app or a wrong right looks like, too.
 */
export type Verdict =
  | { readonly kind: 'all'; readonly outcome: Outcome; readonly then?: Reading['then'] }
  | {
      readonly kind: 'each';
      readonly outcomes: ReadonlyMap<string, Outcome>;
      readonly rest: Outcome | null;
    }
  | { readonly kind: 'all_invalid'; readonly reason: string };

/**
 * The call that asks a vendor to keep a message, and the id by which it does. `singlyUntilMs`: it keeps no more until then, ms since the
 * epoch, and still takes calls of one device.
 */
export interface Keep<Message> {
  call(message: Message): VendorCall;
  read(
    response: ProviderResponse,
    nowMs: number,
  ): { readonly keptId: string } | { readonly singlyUntilMs: number } | Verdict;
}

/** What differs from vendor to vendor of those whose API takes many device tokens per call. */
export interface Vendor<Message> {
  readonly name: ProviderName;
  /** Device tokens per call. */
  readonly batch: number;
  /** What all devices of a notification share. It is kept for a second, so a life in seconds is told from `nowMs`. */
  render(notification: Notification, nowMs: number): Message | Unsendable;
  /** Whether all devices of a call must have the same badge; absent: a call may mix them. */
  needsOneBadge?(message: Message): boolean;
  /** Where the vendor keeps a message for several devices, before it is told which. */
  readonly keep?: Keep<Message>;
  /** `deliveries`: 1 to `batch`, whose device tokens fit the table's pattern. `keptId`: of the kept message; null: none was. */
  call(message: Message, deliveries: readonly Delivery[], keptId: string | null): VendorCall;
  read(response: ProviderResponse, deliveries: readonly Delivery[], nowMs: number): Verdict;
}
