/**
 * Small values that replicas share: paused credentials, throttled devices, the APNs JWT, idempotency keys, rate leases.
 * Every value has a lifetime. Not for message content.
 */
export interface SharedState {
  get(key: string): Promise<string | null>;
  set(key: string, value: string, ttlMs: number): Promise<void>;
  /**
   * Resolves with null when it was free and is now `value`; else with what stands there. Durable. `grow`: one of many keys that
   * callers choose, which a full disk refuses; `work`: one of the relay's own few.
   */
  setIfAbsent(key: string, value: string, ttlMs: number, kind?: 'grow' | 'work'): Promise<string | null>;
  delete(key: string): Promise<void>;
  /** Takes up to `amount` from a budget of `limit` a window; resolves with how many were granted. */
  take(key: string, amount: number, limit: number, windowMs: number): Promise<number>;
}
