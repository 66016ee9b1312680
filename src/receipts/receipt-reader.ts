import type { ReceiptVerdict } from '../domain/outcome';

/** A receipt as it came, its body read whole. */
export interface ReceivedReceipt {
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
  /** Ms since the epoch. */
  readonly nowMs: number;
}

/** What the vendor wants to hear. */
export interface ReceiptAnswer {
  readonly contentType: string;
  readonly body: string;
}

/**
 * - read: `once` names a receipt that counts once, however often it comes; null where the vendor signs none.
 * - unauthorized: its signature is missing or wrong. malformed: it is not the vendor's form.
 */
export type ReceiptReading =
  | {
      readonly kind: 'read';
      readonly verdicts: readonly ReceiptVerdict[];
      readonly once: string | null;
      readonly answer: ReceiptAnswer;
    }
  | { readonly kind: 'unauthorized' }
  | { readonly kind: 'malformed'; readonly detail: string };

/** Reads receipts of one provider of one app. Never throws. */
export type ReceiptReader = (receipt: ReceivedReceipt) => ReceiptReading;
