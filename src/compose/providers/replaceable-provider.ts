import type { Delivery, Notification } from '../../domain/notification';
import type { Outcome } from '../../domain/outcome';
import type { ProviderLane, ProviderName } from '../../domain/provider-table';
import type { Provider } from '../../providers/provider';

/** Long enough for every attempt that is under way, each of which has a time limit of its own. */
const oldOnesMs = 60_000;

/** A provider whose inside can be changed for one with another credential: what is in flight ends where it began. */
export class ReplaceableProvider implements Provider {
  #inner: Provider;
  readonly #leaving = new Set<Provider>();

  constructor(inner: Provider) {
    this.#inner = inner;
  }

  get name(): ProviderName {
    return this.#inner.name;
  }

  get app(): string {
    return this.#inner.app;
  }

  get lanes(): readonly ProviderLane[] {
    return this.#inner.lanes;
  }

  get batch(): number {
    return this.#inner.batch;
  }

  get publicKey(): string {
    return this.#inner.publicKey ?? '';
  }

  send<D extends Delivery>(
    notification: Notification,
    deliveries: readonly D[],
    settle: (delivery: D, outcome: Outcome) => void,
  ): void {
    this.#inner.send(notification, deliveries, settle);
  }

  check(lane: ProviderLane): Promise<Outcome> {
    return this.#inner.check(lane);
  }

  replace(inner: Provider): void {
    const old = this.#inner;
    this.#inner = inner;
    this.#leaving.add(old);
    void old.close(oldOnesMs).finally(() => this.#leaving.delete(old));
  }

  async close(deadlineMs: number): Promise<void> {
    await Promise.all([this.#inner, ...this.#leaving].map((provider) => provider.close(deadlineMs)));
  }
}
