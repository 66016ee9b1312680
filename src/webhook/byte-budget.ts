/** A share of a {@link ByteBudget}. */
export interface ByteLease {
  /** Gives it back, also a place in the queue. Harmless when repeated. */
  release(): void;
}

interface Claim {
  readonly bytes: number;
  readonly granted: (lease: ByteLease) => void;
}

/**
 * Memory that decoding takes, all bodies together. A claim is waiting → granted → released, in order. One larger than the
 * whole budget is granted when nothing else is held.
 */
export class ByteBudget {
  #heldBytes = 0;
  readonly #waiting = new Set<Claim>();

  constructor(private readonly limitBytes: number) {}

  /** Resolves when there is room. */
  lease(bytes: number): Promise<ByteLease> {
    return new Promise((resolve) => {
      this.#waiting.add({ bytes, granted: resolve });
      this.#serve();
    });
  }

  #serve(): void {
    for (const claim of this.#waiting) {
      if (this.#heldBytes > 0 && this.#heldBytes + claim.bytes > this.limitBytes) return;
      this.#waiting.delete(claim);
      this.#heldBytes += claim.bytes;
      claim.granted(this.#leaseOf(claim.bytes));
    }
  }

  #leaseOf(bytes: number): ByteLease {
    let isHeld = true;
    return {
      release: () => {
        if (!isHeld) return;
        isHeld = false;
        this.#heldBytes -= bytes;
        this.#serve();
      },
    };
  }
}
