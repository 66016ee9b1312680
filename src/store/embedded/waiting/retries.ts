import type { Clock } from '../../../domain/clock';
import type { Logger } from '../../../domain/logger';
import type { PendingDelivery } from '../../../domain/pending-delivery';
import type { ClaimedDelivery, PendingSettlement, Retries } from '../../ports/retries';
import type { Bodies } from './bodies';
import type { Table } from '../disk/environment';
import { afterKey, textKey } from '../disk/keys';
import { decodeJson } from '../disk/value-codec';
import type { Counters } from '../disk/counters';
import { waitingCounter, type PendingStore } from './pending-store';
import { endOfRoute, type WaitingRows } from './waiting-rows';
import type { Writer } from '../disk/writer';
import { nextTurn } from '../../../runtime/slice';

/** Deliveries settled in one step of the writer, which lets others run between steps. */
const settledAtOnce = 100;
/** Rows looked at before others may run. */
const searchedAtOnce = 500;

export interface RetriesParts {
  readonly writer: Writer;
  readonly counters: Counters;
  readonly bodies: Bodies;
  readonly pending: PendingStore;
  readonly clock: Clock;
  readonly logger: Logger;
}

export class EmbeddedRetries implements Retries {
  readonly #parts: RetriesParts;

  constructor(parts: RetriesParts) {
    this.#parts = parts;
  }

  async claimDue(route: string, max: number): Promise<ClaimedDelivery[]> {
    const { waiting } = this.#parts.pending;
    const due = await waiting.claim(route, max, waiting.endOfDue(route));
    return due.length < max ? [...due, ...waiting.claimMisdated(route, max - due.length)] : due;
  }

  async settle(settlements: readonly PendingSettlement[]): Promise<void> {
    const portions: Promise<void>[] = [];
    for (let from = 0; from < settlements.length; from += settledAtOnce) {
      portions.push(this.#settlePortion(settlements.slice(from, from + settledAtOnce)));
    }
    await Promise.all(portions);
  }

  async eraseUser(uid: string): Promise<number> {
    const { waiting, parked } = this.#parts.pending;
    return (await this.#eraseFrom(waiting.table, uid)) + (await this.#eraseFrom(parked.table, uid));
  }

  counts(): Promise<Readonly<Record<string, number>>> {
    return Promise.resolve(this.#parts.counters.under(waitingCounter));
  }

  async hasten(route: string, isMeant: (pending: PendingDelivery) => boolean): Promise<number> {
    const { waiting, parked } = this.#parts.pending;
    let hastened = 0;
    // What is parked would be found again where it has gone.
    for (const rows of [waiting, parked])
      for await (const page of pagesOf(rows.table, textKey(route), endOfRoute(route)))
        hastened += await this.#hastenRows(
          rows,
          route,
          page.filter(({ value }) => isMeant(rows.read(value))),
        );
    return hastened;
  }

  async #hastenRows(rows: WaitingRows, route: string, meant: readonly Row[]): Promise<number> {
    if (meant.length === 0) return 0;
    const { writer, bodies, pending: store, clock } = this.#parts;
    const dueAtMs = clock.monotonicMs();
    const moved = await writer.run((batch) =>
      meant.flatMap(({ key }): readonly PendingDelivery[] => {
        const value = rows.table.get(key);
        if (value === undefined || rows.leases.has(route, key)) return [];
        const next = { ...rows.read(value), parked: false, dueAtMs };
        const edit = bodies.edit();
        store.put(batch, edit, next, null);
        edit.write(batch);
        batch.apply();
        return [next];
      }),
    );
    store.announce(moved);
    return moved.length;
  }

  /** There is no index by uid: erasing is rare, and every delivery would pay for it. */
  async #eraseFrom(table: Table, uid: string): Promise<number> {
    const name = JSON.stringify(uid);
    let erased = 0;
    for await (const page of pagesOf(table, Buffer.from([0]))) {
      const ids = page
        .filter(({ value }) => value.includes(name))
        .map(({ value }) => decodeJson<PendingDelivery>(value))
        .filter((pending) => pending.uid === uid)
        .map(({ id }) => id);
      if (ids.length > 0) await this.#remove(ids);
      erased += ids.length;
    }
    return erased;
  }

  async #remove(ids: readonly string[]): Promise<void> {
    const { writer, bodies, pending: store } = this.#parts;
    await writer.run((batch) => {
      for (const id of ids) {
        const edit = bodies.edit();
        store.remove(batch, edit, id);
        edit.write(batch);
        batch.apply();
      }
    });
  }

  async #settlePortion(settlements: readonly PendingSettlement[]): Promise<void> {
    const { writer, bodies, pending: store, logger } = this.#parts;
    await writer.run((batch) => {
      for (const { pending, next, leased } of settlements) {
        if (leased === true && (next !== null || pending.collects !== undefined) && !store.isStill(pending))
          continue;
        const edit = bodies.edit();
        if (next === null || next.id !== pending.id) store.remove(batch, edit, pending.id);
        if (next !== null && !store.put(batch, edit, next, null)) {
          logger.warn(
            { event: 'settled_deliveries_dropped', delivery: next.id },
            'retry of a message that is already settled dropped',
          );
        }
        edit.write(batch);
        batch.apply();
      }
    });
    for (const { pending } of settlements) {
      const rows = pending.parked ? store.parked : store.waiting;
      rows.leases.end(pending.route, rows.keyOf(pending));
    }
    store.announce(settlements.flatMap(({ next }) => next ?? []));
    // What has grown meanwhile is where it was, and free again.
    store.announce(settlements.flatMap(({ pending }) => (pending.collects === undefined ? [] : pending)));
  }
}

interface Row {
  readonly key: Buffer;
  readonly value: Buffer;
}

/** Rows in their order; others run between pages. */
async function* pagesOf(table: Table, from: Buffer, end?: Buffer): AsyncGenerator<readonly Row[]> {
  let start = from;
  for (;;) {
    const page: Row[] = [];
    for (const { key, value } of table.getRange({ start, limit: searchedAtOnce, ...(end && { end }) }))
      page.push({ key: Buffer.from(key), value: Buffer.from(value) });
    yield page;
    await nextTurn();
    const last = page.at(-1);
    if (last === undefined || page.length < searchedAtOnce) return;
    start = afterKey(last.key);
  }
}
