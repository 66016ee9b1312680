import type { Parked } from '../../ports/parked';
import type { ClaimedDelivery } from '../../ports/retries';
import { readClaimed, type PendingPartitions } from './pending-partitions';
import { onOneLine } from './pending-record';
import { claimParkedScript, releaseParkedScript } from './retry-scripts';

/** Moved in one script, so that nobody waits long for it. */
const releasedAtOnce = 500;

export class RedisParked implements Parked {
  readonly #pending: PendingPartitions;

  constructor(pending: PendingPartitions) {
    this.#pending = pending;
  }

  async claimOne(route: string): Promise<ClaimedDelivery | null> {
    const [claimed] = await this.#claim(route, 'any', 1);
    return claimed ?? null;
  }

  claimExpired(route: string, max: number): Promise<ClaimedDelivery[]> {
    return this.#claim(route, 'expired', max);
  }

  async release(route: string, max: number): Promise<number> {
    let moved = 0;
    for (const partition of this.#pending.all) {
      let some = releasedAtOnce;
      while (some === releasedAtOnce && moved < max) {
        const most = String(Math.min(max - moved, releasedAtOnce));
        const args = [onOneLine(route), most, this.#pending.parts.time.argument()];
        some = (await this.#pending.run(partition, releaseParkedScript, args)) as number;
        moved += some;
      }
    }
    return moved;
  }

  counts(): Promise<Readonly<Record<string, number>>> {
    return this.#pending.counts('parked');
  }

  /** One partition after the other: which of a route's parked deliveries comes first matters to nobody. */
  async #claim(route: string, which: 'any' | 'expired', max: number): Promise<ClaimedDelivery[]> {
    const { time, clock, holder, claimTimeMs } = this.#pending.parts;
    const claimed: ClaimedDelivery[] = [];
    for (const partition of this.#pending.all) {
      if (claimed.length >= max) break;
      const args = [
        onOneLine(route),
        time.argument(),
        String(max - claimed.length),
        String(claimTimeMs),
        holder,
        which,
      ];
      const claimedAtMs = clock.monotonicMs();
      const reply = await this.#pending.run(partition, claimParkedScript, args);
      claimed.push(...readClaimed(reply, claimedAtMs));
    }
    return claimed;
  }
}
