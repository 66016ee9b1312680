import type { Clock } from '../../../domain/clock';
import { shortText } from '../../../domain/short-text';
import type { Logger } from '../../../domain/logger';
import type { InboxEntry } from '../../../domain/inbox-entry';
import type { Lane } from '../../../domain/lane';
import type { Bodies } from '../waiting/bodies';
import type { ClaimMarks } from './claim-marks';
import type { Claim, ClaimRecord, Claims } from './claims';
import { decodeEntry, type StoredEntry } from './entry-codec';
import { entryId, type LaneQueue, type Row } from './lane-queue';
import type { Writer } from '../disk/writer';
import { messageOf } from '../disk/data-directory';
import { Slice } from '../../../runtime/slice';

const rowsAtOnce = 16;

export interface HandoutParts {
  readonly lanes: Readonly<Record<Lane, LaneQueue>>;
  readonly claims: Claims;
  readonly handedOutUpTo: ClaimMarks;
  readonly bodies: Bodies;
  readonly writer: Writer;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface Handed {
  readonly entry: InboxEntry;
  readonly claim: Claim;
  readonly record: ClaimRecord | null;
}

/**
 * Takes rows of the lanes and makes claimed entries of them. Before they leave, it is on record that they were handed
 * out: for a first time by the lane's mark, for a further one by a claim record.
 */
export class Handout {
  readonly #parts: HandoutParts;

  constructor(parts: HandoutParts) {
    this.#parts = parts;
  }

  /** Rejects with StoreUnavailableError; then nothing is held. */
  async take(wanted: Readonly<Record<Lane, number>>): Promise<InboxEntry[]> {
    for (const { lane, sequence } of this.#parts.claims.expire())
      this.#parts.lanes[lane].giveBack(sequence, true);
    const handed: Handed[] = [];
    const bodies = new Map<string, Buffer>();
    const slice = new Slice();
    for (const lane of ['direct', 'bulk'] as const) {
      let left = wanted[lane];
      while (left > 0) {
        const asked = Math.min(left, rowsAtOnce);
        const taken = this.#parts.lanes[lane].offer(asked, (row) => this.#hand(lane, row, bodies, handed));
        left -= taken;
        if (taken < asked) break;
        if (slice.isOver) await slice.rest();
      }
    }
    await this.#recordAll(handed);
    return handed.map(({ entry }) => entry);
  }

  /** False when it may not be handed out yet. */
  #hand(lane: Lane, row: Row, bodies: Map<string, Buffer>, handed: Handed[]): boolean {
    const { claims, handedOutUpTo } = this.#parts;
    const id = entryId(lane, row.sequence);
    try {
      const before = this.#handedOutBefore(lane, row.sequence);
      const times = (before?.claims ?? (row.sequence <= handedOutUpTo.get(lane) ? 1 : 0)) + 1;
      if (!claims.admits(times)) return false;
      const stored = row.stored ?? this.#decoded(id, row.value);
      const shared = stored.body === null ? this.#sharedBody(stored.bodyId, bodies) : null;
      const body = stored.body ?? shared ?? Buffer.alloc(0);
      const { bodyId, receivedAtMs, recipients } = stored;
      const entry: InboxEntry = {
        id,
        lane,
        bodyId,
        body,
        receivedAtMs,
        recipients,
        progress: before?.progress ?? null,
        claims: times,
        marksHeld: row.marksHeld === true,
      };
      const claim: Claim = {
        id,
        lane,
        sequence: row.sequence,
        // Without its body there is nothing to let go.
        inline: shared === null,
        claims: times,
        recorded: before !== null,
        settling: false,
        expiresAtMs: 0,
      };
      claims.hold(claim);
      handed.push({ entry, claim, record: times > 1 ? { claims: times, progress: entry.progress } : null });
    } catch (error) {
      this.#parts.logger.error(
        { event: 'inbox_entry_unreadable', entry: id, reason: messageOf(error) },
        'stored message not readable; it stays in the store',
      );
    }
    return true;
  }

  /** What cannot be read is handed out as it is, so that its holder keeps it as a dead letter: left here it would stay for ever. */
  #decoded(id: string, value: Buffer): StoredEntry {
    try {
      return decodeEntry(value);
    } catch (error) {
      this.#parts.logger.error(
        { event: 'inbox_entry_unreadable', entry: id, reason: shortText(messageOf(error)) },
        'stored message not readable',
      );
      return { bodyId: id, receivedAtMs: this.#parts.clock.now(), recipients: [], body: value };
    }
  }

  #handedOutBefore(lane: Lane, sequence: number): ClaimRecord | null {
    const { lanes, handedOutUpTo, claims } = this.#parts;
    return sequence <= lanes[lane].lastAtOpen || sequence <= handedOutUpTo.get(lane)
      ? claims.readRecord(sequence)
      : null;
  }

  #sharedBody(bodyId: string, bodies: Map<string, Buffer>): Buffer | null {
    const known = bodies.get(bodyId) ?? this.#parts.bodies.get(bodyId);
    if (known === undefined) return null;
    bodies.set(bodyId, known);
    return known;
  }

  async #recordAll(handed: readonly Handed[]): Promise<void> {
    this.#raiseMarks(handed);
    const again = handed.filter(({ record }) => record !== null);
    if (again.length === 0) return;
    try {
      await this.#parts.writer.run((batch) => {
        for (const { claim, record } of again)
          if (record !== null) this.#parts.claims.putRecord(batch, claim.sequence, record);
      });
      for (const { claim } of again) claim.recorded = true;
    } catch (error) {
      for (const { claim } of handed)
        if (this.#parts.claims.drop(claim))
          this.#parts.lanes[claim.lane].giveBack(claim.sequence, claim.claims > 1);
      throw error;
    }
  }

  #raiseMarks(handed: readonly Handed[]): void {
    const { handedOutUpTo, logger } = this.#parts;
    for (const lane of ['direct', 'bulk'] as const) {
      let highest = 0;
      for (const { claim } of handed)
        if (claim.lane === lane && claim.sequence > highest) highest = claim.sequence;
      if (highest <= handedOutUpTo.get(lane)) continue;
      try {
        handedOutUpTo.raise(lane, highest);
      } catch (error) {
        // Work goes on: what is lost is only the count of claims of entries that end the process.
        logger.warn({ event: 'claim_marks_failed', reason: messageOf(error) }, 'claim marks not written');
      }
    }
  }
}
