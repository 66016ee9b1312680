/** One request's share of a {@link ByteBudget}. */
export interface ByteLease {
  /** Asks for `toBytes` in all; `granted` is called at once or later. */
  grow(toBytes: number, granted: () => void): void;
  /** Gives everything back, also a place in the queue. Harmless when repeated. */
  release(): void;
}

class Lease implements ByteLease {
  heldBytes = 0;
  released = false;

  constructor(
    private readonly budget: ByteBudget,
    public wantedBytes: number,
    public granted: () => void,
  ) {}

  grow(toBytes: number, granted: () => void): void {
    if (this.released) return;
    this.wantedBytes = toBytes;
    this.granted = granted;
    this.budget.enqueue(this);
  }

  release(): void {
    if (this.released) return;
    this.released = true;
    this.budget.takeBack(this);
  }
}

/**
 * Bytes of request bodies in memory, all requests together.
 *
 * A lease is waiting → granted (→ growing → granted)* → released. Waiting ones are served in their order, so a large one is not
 * overtaken for ever. One larger than the whole budget is granted when nothing else is held. A growing one holds bytes
 * already, and two that wait for each other would wait for ever: so growing goes before waiting, and one at a time may
 * exceed the budget. What is held therefore stays below the limit plus one body.
 *
 * Behind a large one that waits, small ones go by on a reserve of an eighth: a person's message must not stand behind a group's.
 */
export class ByteBudget {
  private heldBytes = 0;
  private readonly waiting = new Set<Lease>();
  private readonly growing = new Set<Lease>();
  private overdrawn: Lease | null = null;

  private readonly reserveBytes: number;

  constructor(private readonly limitBytes: number) {
    this.reserveBytes = limitBytes / 8;
  }

  get usedBytes(): number {
    return this.heldBytes;
  }

  /** `granted` is called at once when there is room, or later. */
  lease(bytes: number, granted: () => void): ByteLease {
    const lease = new Lease(this, bytes, granted);
    this.enqueue(lease);
    return lease;
  }

  enqueue(lease: Lease): void {
    (lease.heldBytes > 0 ? this.growing : this.waiting).add(lease);
    this.serve();
  }

  takeBack(lease: Lease): void {
    this.waiting.delete(lease);
    this.growing.delete(lease);
    this.heldBytes -= lease.heldBytes;
    lease.heldBytes = 0;
    if (this.overdrawn === lease) this.overdrawn = null;
    this.serve();
  }

  private serve(): void {
    for (const lease of this.growing) {
      if (!this.fits(lease)) {
        if (this.overdrawn !== null && this.overdrawn !== lease) return;
        this.overdrawn = lease;
      }
      this.growing.delete(lease);
      this.grant(lease);
    }
    let isHeldUp = false;
    for (const lease of this.waiting) {
      if (isHeldUp && !this.isSmall(lease)) continue;
      if (!this.fits(lease, isHeldUp ? this.reserveBytes : 0)) {
        if (isHeldUp) return;
        isHeldUp = true;
        if (!this.isSmall(lease)) continue;
        return;
      }
      this.waiting.delete(lease);
      this.grant(lease);
    }
  }

  private isSmall(lease: Lease): boolean {
    return lease.wantedBytes <= this.limitBytes * smallShare;
  }

  private fits(lease: Lease, reserveBytes = 0): boolean {
    if (this.heldBytes === 0) return true;
    return this.heldBytes + lease.wantedBytes - lease.heldBytes <= this.limitBytes + reserveBytes;
  }

  private grant(lease: Lease): void {
    this.heldBytes += lease.wantedBytes - lease.heldBytes;
    lease.heldBytes = lease.wantedBytes;
    lease.granted();
  }
}

/** Of the limit: what counts as small. */
const smallShare = 1 / 1_000;
