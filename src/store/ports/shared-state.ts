/**
 * Small values that replicas share: paused credentials, throttled devices, the APNs JWT, idempotency keys, rate leases.
 * Every value has a lifetime. Not for message content.
 */
export interface SharedState {
  /** Null: none was set, or its life is over. */
  get(key: string): Promise<string | null>;
  /** As `get`, for many at once; a value may be answered for some minutes after its life. */
  getMany(keys: readonly string[]): Promise<readonly (string | null)[]>;
  /**
   * Replaces value and lifetime (from now on). Up to 64 KiB. `grow`: one of many keys that callers choose, which a full disk refuses;
   * `work`: one of the relay's own few.
   */
  set(key: string, value: string, ttlMs: number, kind?: 'grow' | 'work'): Promise<void>;
  /** Resolves with null when it was free and is now `value`; else with what stands there. Durable. `kind` as of `set`. */
  setIfAbsent(key: string, value: string, ttlMs: number, kind?: 'grow' | 'work'): Promise<string | null>;
  /** Resolves also when there is none. */
  delete(key: string): Promise<void>;
  /** Takes up to `amount` from a budget of `limit` per window, which begins with the first that is taken; resolves with how many were granted. Not idempotent. */
  take(key: string, amount: number, limit: number, windowMs: number): Promise<number>;
}
