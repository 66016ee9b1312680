import type { Clock } from '../../../src/domain/clock';
import type { DeadLetterBounds } from '../../../src/store/ports/dead-letters';
import type { Store } from '../../../src/store/ports/store';
import { usualTraceBounds, type TraceBounds } from '../../../src/store/ports/traces';

/** A clock that stands until a test moves it. */
export class TestClock implements Clock {
  #atMs: number;
  #offMs = 0;

  constructor(atMs = Date.UTC(2026, 0, 2, 3, 4, 5)) {
    this.#atMs = atMs;
  }

  now(): number {
    return this.#atMs + this.#offMs;
  }

  monotonicMs(): number {
    return this.#atMs;
  }

  advance(byMs: number): void {
    this.#atMs += byMs;
  }

  /** The wall clock is set by somebody. */
  step(byMs: number): void {
    this.#offMs += byMs;
  }
}

export interface StoreSettings {
  readonly clock: Clock;
  readonly claimTimeMs: number;
  readonly deadLetters: DeadLetterBounds;
  readonly traces: TraceBounds;
}

/** One store under test. After `reopen`, `store` is another instance on the same data. */
export interface OpenedStore {
  readonly store: Store;
  reopen(): Promise<void>;
  /** How many bodies are kept, however the adapter keeps them: none once nothing refers to them. */
  storedBodies(): Promise<number>;
  /** Closes it and removes its data. */
  close(): Promise<void>;
}

export type MakeStore = (settings: StoreSettings) => Promise<OpenedStore>;

export const claimTimeMs = 30_000;
export const bounds: DeadLetterBounds = {
  maxAgeMs: 7 * 86_400_000,
  maxCount: 1_000,
  maxBytes: 8 * 1024 * 1024,
};

export interface Fixture {
  readonly clock: TestClock;
  readonly store: Store;
  readonly opened: OpenedStore;
}

/** A fresh store for each test. */
export function useStore(
  makeStore: MakeStore,
  deadLetters: DeadLetterBounds = bounds,
  traces: TraceBounds = usualTraceBounds,
): Fixture {
  let clock = new TestClock();
  let opened: OpenedStore | null = null;
  const current = (): OpenedStore => {
    if (opened === null) throw new Error('no store is open');
    return opened;
  };
  beforeEach(async () => {
    clock = new TestClock();
    opened = await makeStore({ clock, claimTimeMs, deadLetters, traces });
  });
  afterEach(async () => {
    await opened?.close();
    opened = null;
  });
  return {
    get clock() {
      return clock;
    },
    get store() {
      return current().store;
    },
    get opened() {
      return current();
    },
  };
}
