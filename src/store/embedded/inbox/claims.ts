import type { Clock } from '../../../domain/clock';
import type { Lane } from '../../../domain/lane';
import { decodeHead, encodeWithTail, tailOf } from '../../head-and-tail';
import { HeldSuspects } from '../../held-suspects';
import type { Batch } from '../disk/batch';
import type { Environment, Table } from '../disk/environment';
import { sequenceKey } from '../disk/keys';

export interface Claim {
  readonly id: string;
  readonly lane: Lane;
  readonly sequence: number;
  /** The body stands in the entry's own row. */
  readonly inline: boolean;
  readonly claims: number;
  /** There is a record of it on disk. */
  recorded: boolean;
  /** It is being settled: neither renewed, released nor run out any more. */
  settling: boolean;
  expiresAtMs: number;
}

export interface ClaimRecord {
  readonly claims: number;
  readonly progress: Buffer | null;
}

interface RecordHead {
  readonly claims: number;
  readonly progress: boolean;
}

const shortestWaitMs = 20;

/**
 * Who is held, and until when: in memory, because a restart of the only process frees all. On disk there is a record
 * only for entries that were claimed more than once, or whose holder left its progress.
 */
export class Claims {
  /** In the order in which they run out. */
  readonly #held = new Map<string, Claim>();
  readonly #records: Table;
  readonly #suspects: HeldSuspects;
  readonly #claimTimeMs: number;
  readonly #clock: Clock;

  constructor(environment: Environment, claimTimeMs: number, clock: Clock) {
    this.#claimTimeMs = claimTimeMs;
    this.#clock = clock;

    this.#records = environment.table('claims');
    this.#suspects = new HeldSuspects(claimTimeMs, clock);
  }

  /** The claim, unless it has been given up or is about to end. */
  active(id: string): Claim | undefined {
    const claim = this.#held.get(id);
    return claim === undefined || claim.settling ? undefined : claim;
  }

  hold(claim: Claim): void {
    claim.expiresAtMs = this.#clock.monotonicMs() + this.#claimTimeMs;
    this.#held.delete(claim.id);
    this.#held.set(claim.id, claim);
    this.#suspects.hold(claim.id, claim.claims);
  }

  /** Whether an entry may be handed out for the `claims`-th time now: see {@link HeldSuspects}. */
  admits(claims: number): boolean {
    return this.#suspects.admits(claims);
  }

  /** False when it was no longer held. */
  drop(claim: Claim): boolean {
    if (this.#held.get(claim.id) !== claim) return false;
    this.#suspects.drop(claim.id);
    return this.#held.delete(claim.id);
  }

  /** Takes the claims away that have run out. */
  expire(): Claim[] {
    const now = this.#clock.monotonicMs();
    const expired: Claim[] = [];
    for (const claim of this.#held.values()) {
      if (claim.expiresAtMs > now) break;
      if (!claim.settling) expired.push(claim);
    }
    for (const { id } of expired) {
      this.#held.delete(id);
      this.#suspects.drop(id);
    }
    return expired;
  }

  /** How long until the next claim may run out, by the clock. */
  nextExpiryMs(): number {
    for (const claim of this.#held.values())
      return Math.max(shortestWaitMs, claim.expiresAtMs - this.#clock.monotonicMs());
    return this.#claimTimeMs;
  }

  readRecord(sequence: number): ClaimRecord | null {
    const bytes = this.#records.get(sequenceKey(sequence));
    if (bytes === undefined) return null;
    const head = decodeHead<RecordHead>(bytes);
    return { claims: head.claims, progress: head.progress ? tailOf(bytes) : null };
  }

  putRecord(batch: Batch, sequence: number, record: ClaimRecord): void {
    const head: RecordHead = { claims: record.claims, progress: record.progress !== null };
    batch.put(this.#records, sequenceKey(sequence), encodeWithTail(head, record.progress ?? Buffer.alloc(0)));
  }

  removeRecord(batch: Batch, sequence: number): void {
    batch.remove(this.#records, sequenceKey(sequence));
  }
}
