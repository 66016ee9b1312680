import type { Clock } from '../domain/clock';
import { Repeats } from './repeats';

/** What every recorded push says, whatever the vendor. */
export interface RecordedPush {
  readonly token: string;
  /** APNs: the apns-id. FCM: the device token and the message's own id (see docs/sandbox.md). */
  readonly repeatKey: string;
  /** How often this repeatKey was accepted before. */
  readonly repeat: number;
  readonly receivedAtMs: number;
}

export interface RejectedPush {
  readonly token: string | null;
  readonly status: number;
  readonly reason: string;
  /** What exactly was wrong; empty for scripted replies. */
  readonly detail: string;
  readonly atMs: number;
}

export interface Counts {
  readonly requests: number;
  readonly accepted: number;
  /** Different repeat keys among the accepted. */
  readonly distinct: number;
  readonly repeats: number;
  readonly rejected: Readonly<Record<string, number>>;
  readonly openStreams: number;
  readonly maxOpenStreams: number;
}

export interface RecorderOptions {
  /** counts: no push is kept, for benches. */
  readonly record: 'all' | 'counts';
  /** Newest pushes that are kept in `all`, about. */
  readonly recordLimit: number;
  readonly clock: Clock;
}

interface Waiter<Push> {
  readonly isDone: (push: Push | null) => boolean;
  readonly finish: () => void;
}

const rejectedKept = 200;
const repeatCapacity = 500_000;

/** Remembers what was accepted and rejected, and wakes who waits for it. */
export class Recorder<Push extends RecordedPush> {
  requests = 0;
  acceptedTotal = 0;
  openStreams = 0;
  maxOpenStreams = 0;
  readonly repeats = new Repeats(repeatCapacity);
  #list: Push[] = [];
  #dropped = 0;
  #recentlyRejected: RejectedPush[] = [];
  #rejectedByReason = new Map<string, number>();
  readonly #acceptedListeners = new Set<(push: Push) => void>();
  readonly #rejectedListeners = new Set<(push: RejectedPush) => void>();
  readonly #waiters = new Set<Waiter<Push>>();
  readonly #options: RecorderOptions;

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  get accepted(): readonly Push[] {
    return this.#list;
  }

  get rejected(): readonly RejectedPush[] {
    return this.#recentlyRejected;
  }

  /** Index of `accepted[0]` among all that ever were. */
  get firstIndex(): number {
    return this.#dropped;
  }

  counts(): Counts {
    return {
      requests: this.requests,
      accepted: this.acceptedTotal,
      distinct: this.repeats.distinct,
      repeats: this.repeats.repeats,
      rejected: Object.fromEntries(this.#rejectedByReason),
      openStreams: this.openStreams,
      maxOpenStreams: this.maxOpenStreams,
    };
  }

  streams(change: 1 | -1): void {
    this.openStreams += change;
    if (this.openStreams > this.maxOpenStreams) this.maxOpenStreams = this.openStreams;
  }

  /** `build` runs only when somebody keeps or sees the push. */
  accept(repeatKey: string, build: (repeat: number) => Push): void {
    this.acceptedTotal += 1;
    const repeat = this.repeats.add(repeatKey);
    const keep = this.#options.record === 'all';
    if (!keep && this.#acceptedListeners.size === 0 && this.#waiters.size === 0) return;
    const push = build(repeat);
    if (keep) this.#keep(push);
    for (const listener of this.#acceptedListeners) listener(push);
    this.#wake(push);
  }

  reject(push: Omit<RejectedPush, 'atMs'>): void {
    const rejected = { ...push, atMs: this.#options.clock.now() };
    this.#rejectedByReason.set(push.reason, (this.#rejectedByReason.get(push.reason) ?? 0) + 1);
    this.#recentlyRejected.push(rejected);
    if (this.#recentlyRejected.length > rejectedKept) this.#recentlyRejected.shift();
    for (const listener of this.#rejectedListeners) listener(rejected);
  }

  onAccepted(listener: (push: Push) => void): () => void {
    this.#acceptedListeners.add(listener);
    return () => void this.#acceptedListeners.delete(listener);
  }

  onRejected(listener: (push: RejectedPush) => void): () => void {
    this.#rejectedListeners.add(listener);
    return () => void this.#rejectedListeners.delete(listener);
  }

  waitForCount(count: number, timeoutMs: number): Promise<readonly Push[]> {
    const wanted = `${count} accepted pushes`;
    return this.#wait(wanted, timeoutMs, () => (this.acceptedTotal >= count ? [...this.#list] : null));
  }

  waitForPush(wanted: (push: Push) => boolean, timeoutMs: number): Promise<Push> {
    const found = this.#list.find(wanted);
    if (found !== undefined) return Promise.resolve(found);
    return this.#wait('a push of its kind', timeoutMs, (push) =>
      push !== null && wanted(push) ? push : null,
    );
  }

  clear(): void {
    this.requests = 0;
    this.acceptedTotal = 0;
    this.maxOpenStreams = this.openStreams;
    this.#dropped = 0;
    this.#list = [];
    this.#recentlyRejected = [];
    this.#rejectedByReason = new Map();
    this.repeats.clear();
  }

  #keep(push: Push): void {
    this.#list.push(push);
    const { recordLimit } = this.#options;
    if (this.#list.length < recordLimit * 1.25) return;
    this.#dropped += this.#list.length - recordLimit;
    this.#list = this.#list.slice(-recordLimit);
  }

  #wait<Found>(wanted: string, timeoutMs: number, look: (push: Push | null) => Found | null): Promise<Found> {
    const already = look(null);
    if (already !== null) return Promise.resolve(already);
    return new Promise((resolve, reject) => {
      let found: Found | null = null;
      const timer = setTimeout(() => {
        this.#waiters.delete(waiter);
        reject(new Error(`waited ${timeoutMs} ms for ${wanted}; ${this.#describe()}`));
      }, timeoutMs);
      const waiter: Waiter<Push> = {
        isDone: (push) => (found = look(push)) !== null,
        finish: () => {
          clearTimeout(timer);
          if (found !== null) resolve(found);
        },
      };
      this.#waiters.add(waiter);
    });
  }

  #wake(push: Push): void {
    for (const waiter of this.#waiters) {
      if (!waiter.isDone(push)) continue;
      this.#waiters.delete(waiter);
      waiter.finish();
    }
  }

  #describe(): string {
    const last = this.#list.slice(-10).map((push) => `…${push.token.slice(-8)} (${push.repeatKey})`);
    const rejected = this.#recentlyRejected
      .slice(-5)
      .map((push) => `${push.status} ${push.reason} ${push.detail}`.trim());
    return [
      `${this.requests} requests came, ${this.openStreams} are open, ${this.acceptedTotal} were accepted`,
      last.length === 0 ? '' : `, the last of them: ${last.join(', ')}`,
      rejected.length === 0 ? '' : `; rejected, the last of them: ${rejected.join('; ')}`,
    ].join('');
  }
}
