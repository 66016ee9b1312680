/*
 * Open this file first: `retries.ts` and `parked.ts`, the two ports of this folder, and the inbox store deliveries through it. `waiting-rows.ts`
 * has the rows of one of the two tables, `leases.ts` which of them are handed out, and `bodies.ts` the bodies that rows share.
 */

import type { PendingDelivery } from '../../../domain/pending-delivery';
import type { Batch } from '../disk/batch';
import type { BodyEdit } from './bodies';
import type { Environment, Table } from '../disk/environment';
import { textKey } from '../disk/keys';
import { decodeJson } from '../disk/value-codec';
import type { StoreTime } from '../disk/store-time';
import type { WaitingRows } from './waiting-rows';

export const waitingCounter = 'waiting:';
export const parkedCounter = 'parked:';

/**
 * Deliveries that wait. `waiting` and `parked` hold the rows by (route, time, id); the table `pending` says for an id
 * which row is its, so that storing it again replaces it. Every row is one reference to its body.
 */
export class PendingStore {
  readonly #pointers: Table;
  readonly #time: Pick<StoreTime, 'note'>;

  constructor(
    environment: Environment,
    readonly waiting: WaitingRows,
    readonly parked: WaitingRows,
    time: Pick<StoreTime, 'note'>,
  ) {
    this.#time = time;

    this.#pointers = environment.table('pending');
  }

  /**
   * `body`: null when it stands in the bodies table already. False when there is no body anywhere: then all that
   * referred to it was settled, this delivery too, and nothing is stored. Call `announce` when the transaction is over.
   */
  put(batch: Batch, edit: BodyEdit, pending: PendingDelivery, body: Buffer | null): boolean {
    if (!edit.retain(pending.bodyId, 1, body)) return false;
    this.remove(batch, edit, pending.id);
    const rows = this.#rowsOf(pending);
    const key = rows.keyOf(pending);
    batch.put(rows.table, key, rows.valueOf(pending));
    this.#time.note(batch);
    batch.put(
      this.#pointers,
      textKey(pending.id),
      Buffer.concat([Buffer.from([pending.parked ? 1 : 0]), key]),
    );
    batch.count(counterOf(pending), 1);
    return true;
  }

  /** As `put`, added to what its id has collected; null where there is no body. */
  collect(
    batch: Batch,
    edit: BodyEdit,
    pending: PendingDelivery,
    body: Buffer | null,
  ): PendingDelivery | null {
    const stored = this.#stored(pending.id);
    if (stored === null) return this.put(batch, edit, pending, body) ? pending : null;
    const isNewer = (pending.collects ?? 0) >= (stored.collects ?? 0);
    const sum = {
      ...(isNewer ? pending : stored),
      dueAtMs: Math.min(stored.dueAtMs, pending.dueAtMs),
      summaryOf: (stored.summaryOf ?? 0) + (pending.summaryOf ?? 0),
    };
    return this.put(batch, edit, sum, isNewer ? body : null) ? sum : null;
  }

  /** It is there, and has collected nothing since it was read. */
  isStill({ id, collects, summaryOf }: PendingDelivery): boolean {
    if (collects === undefined) return this.#pointers.get(textKey(id)) !== undefined;
    return this.#stored(id)?.summaryOf === summaryOf;
  }

  #stored(id: string): PendingDelivery | null {
    const pointer = this.#pointers.get(textKey(id));
    if (pointer === undefined) return null;
    const rows = pointer[0] === 1 ? this.parked : this.waiting;
    const row = rows.table.get(pointer.subarray(1));
    return row === undefined ? null : rows.read(row);
  }

  remove(batch: Batch, edit: BodyEdit, id: string): void {
    const pointerKey = textKey(id);
    const pointer = this.#pointers.get(pointerKey);
    if (pointer === undefined) return;
    const { table } = pointer[0] === 1 ? this.parked : this.waiting;
    const key = pointer.subarray(1);
    const row = table.get(key);
    batch.remove(this.#pointers, pointerKey);
    if (row === undefined) return;
    const stored = decodeJson<PendingDelivery>(row);
    batch.remove(table, key);
    batch.count(counterOf(stored), -1);
    edit.release(stored.bodyId);
  }

  /** The deliveries' rows are visible from now on: before, a claim could walk past where they will be. */
  announce(stored: readonly PendingDelivery[]): void {
    for (const pending of stored) {
      const rows = this.#rowsOf(pending);
      rows.leases.arrived(pending.route, rows.keyOf(pending));
    }
  }

  #rowsOf(pending: PendingDelivery): WaitingRows {
    return pending.parked ? this.parked : this.waiting;
  }
}

function counterOf(pending: PendingDelivery): string {
  return (pending.parked ? parkedCounter : waitingCounter) + pending.route;
}
