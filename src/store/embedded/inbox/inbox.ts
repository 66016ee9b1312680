/*
 * Open this file first: it is the port. `handout.ts` hands entries out of the two lanes of `lane-queue.ts`, which keeps fresh rows in
 * memory (`fresh-rows.ts`). `claims.ts` knows who holds what, and `claim-marks.ts` what was handed out before a crash. `entry-codec.ts` encodes an
 * entry, `settlement-portions.ts` cuts large ends, and `arrivals.ts` wakes those who wait.
 */

import type { Clock } from '../../../domain/clock';
import type { Logger } from '../../../domain/logger';
import type { InboxEntry } from '../../../domain/inbox-entry';
import type { Lane } from '../../../domain/lane';
import type { PendingDelivery } from '../../../domain/pending-delivery';
import { StoreUnavailableError } from '../../ports/errors';
import type { EntrySettlement, Inbox, InboxEvent, InboxStats } from '../../ports/inbox';
import { asPromise } from '../disk/as-promise';
import { Arrivals } from './arrivals';
import type { Batch } from '../disk/batch';
import type { Bodies } from '../waiting/bodies';
import type { ClaimMarks } from './claim-marks';
import { Claims, type Claim } from './claims';
import type { EmbeddedDuplicateMarks } from '../marks/duplicate-marks';
import { encodeEntry, inlineBodyOf } from './entry-codec';
import type { Environment } from '../disk/environment';
import { Handout } from './handout';
import { sequenceKey } from '../disk/keys';
import { entryId, LaneQueue, parseEntryId } from './lane-queue';
import { settlementPortions } from './settlement-portions';
import type { PendingStore } from '../waiting/pending-store';
import type { Sequence } from '../disk/sequence';
import type { Writer } from '../disk/writer';

/** Of 500 recipients each: some 65 KB. */
const rowsAtOnce = 4;

export interface InboxParts {
  readonly environment: Environment;
  readonly writer: Writer;
  readonly bodies: Bodies;
  readonly pending: PendingStore;
  readonly handedOutUpTo: ClaimMarks;
  readonly claimTimeMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * The inbox of one process.
 *
 * An entry is waiting (a row that nobody holds) → claimed (in memory) → settled (no row). Released, or past its claim
 * time, it is waiting again. A restart forgets all claims, and so hands the entries out again at once; how often they
 * were is known from the claim marks and the claim records.
 */
export class EmbeddedInbox implements Inbox {
  readonly takesMarks = true;
  readonly #lanes: Readonly<Record<Lane, LaneQueue>>;
  readonly #claims: Claims;
  readonly #handout: Handout;
  readonly #arrivals = new Arrivals();
  #sequence: Sequence | null = null;
  #duplicateMarks: Pick<EmbeddedDuplicateMarks, 'takeWith'> | null = null;
  #closed = false;
  readonly #parts: InboxParts;

  constructor(parts: InboxParts) {
    this.#parts = parts;

    const { environment, claimTimeMs, clock } = parts;
    const laneOf = (lane: Lane) => new LaneQueue(environment, lane, parts.handedOutUpTo.get(lane));
    this.#lanes = { direct: laneOf('direct'), bulk: laneOf('bulk') };
    this.#claims = new Claims(environment, claimTimeMs, clock);
    this.#handout = new Handout({ ...parts, lanes: this.#lanes, claims: this.#claims });
  }

  /** The highest number that an entry of this inbox has had, as far as its rows tell. */
  lastSequence(): number {
    const { handedOutUpTo } = this.#parts;
    return Math.max(
      this.#lanes.direct.lastAtOpen,
      this.#lanes.bulk.lastAtOpen,
      handedOutUpTo.get('direct'),
      handedOutUpTo.get('bulk'),
    );
  }

  start(sequence: Sequence): void {
    this.#sequence = sequence;
  }

  /** From here on an event's marks are taken in the step that stores it. */
  takeMarksFrom(duplicateMarks: Pick<EmbeddedDuplicateMarks, 'takeWith'>): void {
    this.#duplicateMarks = duplicateMarks;
  }

  append(event: InboxEvent): Promise<void> {
    const groups = event.recipients.filter((group) => group.length > 0);
    const sequence = this.#sequence;
    if (groups.length === 0) return Promise.resolve();
    if (sequence === null) return Promise.reject(new StoreUnavailableError('the inbox is not open'));
    return groups.length === 1
      ? this.#appendOne(event, groups[0] ?? [], sequence)
      : this.#appendInPortions(event, groups, sequence);
  }

  async claim(
    wanted: Readonly<Record<Lane, number>>,
    waitMs: number,
    signal: AbortSignal,
  ): Promise<InboxEntry[]> {
    const deadline = performance.now() + waitMs;
    for (;;) {
      if (this.#closed || signal.aborted) return [];
      const seen = this.#arrivals.seen();
      const entries = await this.#handout.take(wanted);
      if (entries.length > 0) {
        if (!signal.aborted) return entries;
        await this.release(entries.map((entry) => entry.id));
        return [];
      }
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) return [];
      await this.#arrivals.wait(seen, Math.min(leftMs, this.#claims.nextExpiryMs()), signal);
    }
  }

  async renew(
    claims: readonly { readonly id: string; readonly progress: Buffer | null }[],
  ): Promise<readonly string[]> {
    const lost: string[] = [];
    const held: { readonly claim: Claim; readonly progress: Buffer | null }[] = [];
    for (const { id, progress } of claims) {
      const claim = this.#claims.active(id);
      if (claim === undefined) lost.push(id);
      else held.push({ claim, progress });
    }
    const changed = held.filter(({ progress }) => progress !== null);
    if (changed.length > 0) {
      await this.#parts.writer.run((batch) => {
        for (const { claim, progress } of changed) {
          if (claim.settling) continue;
          claim.recorded = true;
          this.#claims.putRecord(batch, claim.sequence, { claims: claim.claims, progress });
        }
      });
    }
    for (const { claim } of held) {
      if (this.#claims.active(claim.id) === claim) this.#claims.hold(claim);
      else if (!claim.settling) lost.push(claim.id);
    }
    return lost;
  }

  async settle(settlements: readonly EntrySettlement[]): Promise<void> {
    await Promise.all(settlementPortions(settlements).map((portion) => this.#settlePortion(portion)));
  }

  async release(ids: readonly string[]): Promise<void> {
    const released = ids.flatMap((id) => {
      const claim = this.#claims.active(id);
      return claim !== undefined && this.#claims.drop(claim) ? [claim] : [];
    });
    if (released.length === 0) return;
    try {
      await this.#parts.writer.run((batch) => {
        for (const { sequence, claims } of released) {
          const progress = this.#claims.readRecord(sequence)?.progress ?? null;
          this.#claims.putRecord(batch, sequence, { claims: claims - 1, progress });
        }
      });
    } finally {
      // Whether or not it could be written that this claim does not count: the entry is nobody's any more.
      for (const { lane, sequence, claims } of released) this.#lanes[lane].giveBack(sequence, claims > 1);
      this.#arrivals.announce();
    }
  }

  stats(): Promise<InboxStats> {
    return asPromise(() => {
      const { direct, bulk } = this.#lanes;
      const oldest = [direct.oldestReceivedAtMs(), bulk.oldestReceivedAtMs()].filter((atMs) => atMs !== null);
      return {
        depth: { direct: direct.depth(), bulk: bulk.depth() },
        oldestReceivedAtMs: oldest.length === 0 ? null : Math.min(...oldest),
      };
    });
  }

  /** Ends the claims that wait. */
  close(): void {
    this.#closed = true;
    this.#arrivals.announce();
  }

  async #appendOne(event: InboxEvent, recipients: readonly string[], sequence: Sequence): Promise<void> {
    const lane = this.#lanes[event.lane];
    const { bodyId, receivedAtMs, body } = event;
    const stored = { bodyId, receivedAtMs, recipients, body };
    const value = encodeEntry(stored);
    const row = { sequence: 0, value, stored, marksHeld: false };
    try {
      await this.#parts.writer.run((batch) => {
        row.sequence = sequence.next();
        batch.put(lane.table, sequenceKey(row.sequence), value);
        row.marksHeld = this.#takeMarks(batch, event, row.sequence);
      }, 'grow');
    } catch (error) {
      lane.mayBeStored();
      throw error;
    }
    lane.stored(row);
    this.#arrivals.announce();
  }

  /** The flush of a large group's rows takes long enough for a person to notice, who waits for it: so there are several. */
  async #appendInPortions(
    event: InboxEvent,
    groups: readonly (readonly string[])[],
    sequence: Sequence,
  ): Promise<void> {
    const lane = this.#lanes[event.lane];
    const { bodyId, receivedAtMs } = event;
    try {
      for (let from = 0; from < groups.length; from += rowsAtOnce) {
        const portion = groups
          .slice(from, from + rowsAtOnce)
          .map((recipients) => encodeEntry({ bodyId, receivedAtMs, recipients, body: null }));
        await this.#parts.writer.run((batch) => {
          for (const row of portion) batch.put(lane.table, sequenceKey(sequence.next()), row);
          const edit = this.#parts.bodies.edit();
          edit.retain(bodyId, portion.length, event.body);
          edit.write(batch);
        }, 'grow');
        lane.storedElsewhere();
      }
    } catch (error) {
      lane.mayBeStored();
      throw error;
    }
    this.#arrivals.announce();
  }

  /** True when all that the event brought are the entry's now. */
  #takeMarks(batch: Batch, { lane, marks }: InboxEvent, sequence: number): boolean {
    if (marks === undefined || this.#duplicateMarks === null) return false;
    return this.#duplicateMarks.takeWith(batch, marks.requests, entryId(lane, sequence), marks.ttlMs);
  }

  async #settlePortion(settlements: readonly EntrySettlement[]): Promise<void> {
    const ending = new Map<string, Claim>();
    for (const { id } of settlements) {
      const claim = this.#claims.active(id);
      if (claim === undefined) continue;
      claim.settling = true;
      ending.set(id, claim);
    }
    const stored: PendingDelivery[] = [];
    try {
      await this.#parts.writer.run((batch) => {
        const open = new Map(ending);
        for (const settlement of settlements) {
          stored.push(...this.#settleOne(batch, settlement, open.get(settlement.id)));
          open.delete(settlement.id);
          batch.apply();
        }
        // A message that comes in meanwhile is not to wait for what nobody waits for.
      }, 'later');
    } catch (error) {
      for (const claim of ending.values()) claim.settling = false;
      throw error;
    }
    let room = false;
    for (const claim of ending.values()) {
      this.#claims.drop(claim);
      room ||= claim.claims > 1;
    }
    // What else was handed out before may be waiting for it.
    if (room) this.#arrivals.announce();
    this.#parts.pending.announce(stored);
  }

  /** `claim` undefined: not held (any more); the entry stays, its deliveries are stored. Returns them as they are stored. */
  #settleOne(
    batch: Batch,
    settlement: EntrySettlement,
    claim: Claim | undefined,
  ): readonly PendingDelivery[] {
    if (claim !== undefined && claim.inline && settlement.pending.length === 0) {
      batch.remove(this.#lanes[claim.lane].table, sequenceKey(claim.sequence));
      if (claim.recorded) this.#claims.removeRecord(batch, claim.sequence);
      return [];
    }
    const edit = this.#parts.bodies.edit();
    const waiting = new Map(
      settlement.pending.map((pending): [string, PendingDelivery] => [pending.id, pending]),
    );
    const inlineBody = waiting.size === 0 ? null : this.#inlineBody(settlement.id);
    if (claim !== undefined) {
      batch.remove(this.#lanes[claim.lane].table, sequenceKey(claim.sequence));
      if (claim.recorded) this.#claims.removeRecord(batch, claim.sequence);
      if (!claim.inline) edit.release(settlement.bodyId);
    }
    const stored: PendingDelivery[] = [];
    for (const pending of waiting.values()) {
      const { pending: store } = this.#parts;
      if (pending.collects !== undefined) {
        const sum = claim === undefined ? null : store.collect(batch, edit, pending, inlineBody);
        if (sum !== null) stored.push(sum);
        continue;
      }
      if (store.put(batch, edit, pending, inlineBody)) {
        stored.push(pending);
        continue;
      }
      this.#parts.logger.warn(
        { event: 'settled_deliveries_dropped', entry: settlement.id, delivery: pending.id },
        'retry of a message that is already settled dropped',
      );
    }
    edit.write(batch);
    return stored;
  }

  #inlineBody(id: string): Buffer | null {
    const position = parseEntryId(id);
    if (position === null) return null;
    const row = this.#lanes[position.lane].table.get(sequenceKey(position.sequence));
    return row === undefined ? null : inlineBodyOf(row);
  }
}
