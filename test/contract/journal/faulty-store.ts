import { StoreUnavailableError } from '../../../src/store/ports/errors';
import type { InboxEvent } from '../../../src/store/ports/inbox';
import type { Store } from '../../../src/store/ports/store';

/**
 * refuse: at once, nothing done. hang: no answer, nothing done. slow: done and answered late. half_done: done, then refused.
 * frozen: done once it is thawed. wrong: an error that is no outage.
 */
export type Fault = 'refuse' | 'hang' | 'slow' | 'half_done' | 'frozen' | 'wrong' | null;

/** A real store with faults in front of what the intake writes. */
export class FaultyStore {
  fault: Fault = null;
  slowMs = 0;
  /** Body ids in the order in which the store took them. */
  readonly taken: string[] = [];
  asked = 0;
  /** Only writes of these are struck; null: all. */
  struck: ((bodyId: string) => boolean) | null = null;
  /** Set: every append is taken, and told to this, because no replica confirmed it. */
  onUnreplicated: ((event: InboxEvent) => Promise<void>) | null = null;
  #thaw: (() => void)[] = [];
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  thaw(): void {
    this.fault = null;
    for (const go of this.#thaw.splice(0)) go();
  }

  get faulty(): Store {
    const store = this.#store;
    return {
      ...store,
      inbox: withMethods(store.inbox, {
        append: async (event: InboxEvent) => {
          const onUnreplicated = this.onUnreplicated;
          await this.#strike(event.bodyId, () => store.inbox.append(event));
          await onUnreplicated?.(event);
        },
      }),
      presence: withMethods(store.presence, {
        apply: (...args: Parameters<Store['presence']['apply']>) =>
          this.#strike('presence', () => store.presence.apply(...args)),
      }),
      deadLetters: withMethods(store.deadLetters, {
        add: (letters: Parameters<Store['deadLetters']['add']>[0]) =>
          this.#strike('letters', () => store.deadLetters.add(letters)),
      }),
      health: async () => {
        if (this.fault === 'hang' || this.fault === 'frozen') return new Promise(() => {});
        return this.fault === null
          ? store.health()
          : [{ name: 'redis', severity: 'unavailable', detail: 'away' }];
      },
    };
  }

  async #strike(id: string, act: () => Promise<void>): Promise<void> {
    this.asked++;
    const fault = this.struck === null || this.struck(id) ? this.fault : null;
    switch (fault) {
      case 'refuse':
        throw new StoreUnavailableError('connection refused');
      case 'hang':
        return new Promise(() => {});
      case 'frozen':
        await new Promise<void>((resolve) => this.#thaw.push(resolve));
        break;
      case 'slow':
        await new Promise((resolve) => setTimeout(resolve, this.slowMs));
        break;
      case 'half_done':
        this.taken.push(id);
        await act();
        throw new StoreUnavailableError('connection lost');
      case 'wrong':
        throw new Error('ERR value is too large');
      case null:
        break;
      default:
        fault satisfies never;
    }
    this.taken.push(id);
    await act();
  }
}

/** The other methods are the part's own, on itself. */
function withMethods<T extends object>(part: T, methods: Partial<T>): T {
  return new Proxy(part, {
    get(target, name) {
      if (name in methods) return methods[name as keyof T];
      const own: unknown = Reflect.get(target, name, target);
      return typeof own === 'function' ? (own.bind(target) as unknown) : own;
    },
  });
}
