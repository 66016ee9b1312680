import type { Clock } from '../domain/clock';

/**
 * How many entries that are handed out for the second time may be in one holder's hands together. From the third time on an
 * entry is alone.
 *
 * Whatever ends its holder raises the claims of everything that was in hand with it. So the culprit is alone before the
 * count of claims at which an entry is given up (`delivery.max_claims`, 5), and the others are worked off. After most crashes there is no
 * culprit, and one at a time would keep people waiting: hence the many at first.
 */
export const suspectsAtOnce = 64;

interface Suspect {
  readonly claims: number;
  expiresAtMs: number;
}

/**
 * The entries in this holder's hands that were handed out before, here or elsewhere: any of them may have ended its holder.
 *
 * An entry is held (from its claim on, and by each renewal, for the claim time) → dropped (settled, given back, lost), or
 * forgotten when its claim has run out.
 */
export class HeldSuspects {
  readonly #held = new Map<string, Suspect>();
  readonly #claimTimeMs: number;
  readonly #clock: Clock;

  constructor(claimTimeMs: number, clock: Clock) {
    this.#claimTimeMs = claimTimeMs;
    this.#clock = clock;
  }

  get count(): number {
    this.#expire();
    return this.#held.size;
  }

  /** The most claims among them; 0 when there are none. */
  get highest(): number {
    let highest = 0;
    for (const { claims } of this.#held.values()) highest = Math.max(highest, claims);
    return highest;
  }

  /** Whether an entry that is to be handed out for the `claims`-th time may join them. Fresh entries always may. */
  admits(claims: number): boolean {
    if (claims <= 1) return true;
    return this.count < Math.min(atOnce(claims), atOnce(this.highest));
  }

  hold(id: string, claims: number): void {
    if (claims > 1)
      this.#held.set(id, { claims, expiresAtMs: this.#clock.monotonicMs() + this.#claimTimeMs });
  }

  renew(id: string): void {
    const suspect = this.#held.get(id);
    if (suspect !== undefined) suspect.expiresAtMs = this.#clock.monotonicMs() + this.#claimTimeMs;
  }

  /** True when it was one of them: there is room for another. */
  drop(id: string): boolean {
    return this.#held.delete(id);
  }

  #expire(): void {
    const nowMs = this.#clock.monotonicMs();
    for (const [id, { expiresAtMs }] of this.#held) if (expiresAtMs <= nowMs) this.#held.delete(id);
  }
}

function atOnce(claims: number): number {
  return claims <= 2 ? suspectsAtOnce : 1;
}
