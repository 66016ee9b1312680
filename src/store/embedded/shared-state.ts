import type { SharedState } from '../ports/shared-state';
import { asPromise } from './disk/as-promise';
import type { Batch } from './disk/batch';
import type { Environment, Table } from './disk/environment';
import { textKey, timeBytes } from './disk/keys';
import { decodeNumber, encodeNumber } from './disk/value-codec';
import type { StoreTime } from './disk/store-time';
import type { Writer } from './disk/writer';

const sweptAtOnce = 200;

export interface SharedStateParts {
  readonly environment: Environment;
  readonly writer: Writer;
  readonly time: StoreTime;
}

interface Budget {
  readonly endsAtMs: number;
  readonly used: number;
}

/**
 * Rows: key → `[f64 expires][value]`, and an index by expiry for the sweep. Budgets are in memory: the only process
 * has them for itself, and they are as long as a window.
 */
export class EmbeddedSharedState implements SharedState {
  readonly #values: Table;
  readonly #expiries: Table;
  readonly #budgets = new Map<string, Budget>();
  readonly #parts: SharedStateParts;

  constructor(parts: SharedStateParts) {
    this.#parts = parts;

    this.#values = parts.environment.table('shared-state');
    this.#expiries = parts.environment.table('shared-state-expiry');
  }

  get(key: string): Promise<string | null> {
    return asPromise(() => this.#live(textKey(key)));
  }

  getMany(keys: readonly string[]): Promise<readonly (string | null)[]> {
    return asPromise(() => keys.map((key) => this.#live(textKey(key))));
  }

  async set(key: string, value: string, ttlMs: number, kind: 'grow' | 'work' = 'work'): Promise<void> {
    await this.#parts.writer.run((batch) => this.#put(batch, textKey(key), value, ttlMs), kind);
  }

  async setIfAbsent(
    key: string,
    value: string,
    ttlMs: number,
    kind: 'grow' | 'work' = 'work',
  ): Promise<string | null> {
    const rowKey = textKey(key);
    return this.#parts.writer.run((batch) => {
      const stored = this.#live(rowKey);
      if (stored === null) this.#put(batch, rowKey, value, ttlMs);
      return stored;
    }, kind);
  }

  async delete(key: string): Promise<void> {
    await this.#parts.writer.run((batch) => this.#drop(batch, textKey(key)));
  }

  take(key: string, amount: number, limit: number, windowMs: number): Promise<number> {
    const now = this.#parts.time.now();
    const budget = this.#budgets.get(key);
    const current =
      budget !== undefined && budget.endsAtMs > now && budget.endsAtMs <= now + windowMs
        ? budget
        : { endsAtMs: now + windowMs, used: 0 };
    const granted = Math.max(0, Math.min(amount, limit - current.used));
    this.#budgets.set(key, { endsAtMs: current.endsAtMs, used: current.used + granted });
    return Promise.resolve(granted);
  }

  /** Removes some that are over; resolves with how many. */
  async sweep(): Promise<number> {
    const now = this.#parts.time.now();
    for (const [key, { endsAtMs }] of this.#budgets) if (endsAtMs <= now) this.#budgets.delete(key);
    const end = timeBytes(now + 1);
    const due = (): Buffer[] =>
      [...this.#expiries.getKeys({ end, limit: sweptAtOnce })].map((key) => Buffer.from(key));
    if (due().length === 0) return 0;
    return await this.#parts.writer.run((batch) => {
      const keys = due();
      for (const key of keys) {
        const rowKey = key.subarray(6);
        const stored = this.#values.get(rowKey);
        if (stored !== undefined && decodeNumber(stored) <= now) batch.remove(this.#values, rowKey);
        batch.remove(this.#expiries, key);
      }
      return keys.length;
    });
  }

  #live(rowKey: Buffer): string | null {
    const stored = this.#values.get(rowKey);
    return stored === undefined || decodeNumber(stored) <= this.#parts.time.now()
      ? null
      : stored.toString('utf8', 8);
  }

  #put(batch: Batch, rowKey: Buffer, value: string, ttlMs: number): void {
    this.#drop(batch, rowKey);
    const expiresAtMs = this.#parts.time.now() + ttlMs;
    this.#parts.time.note(batch);
    batch.put(this.#values, rowKey, Buffer.concat([encodeNumber(expiresAtMs), Buffer.from(value)]));
    batch.put(this.#expiries, Buffer.concat([timeBytes(Math.ceil(expiresAtMs)), rowKey]), Buffer.from([1]));
  }

  #drop(batch: Batch, rowKey: Buffer): void {
    const stored = this.#values.get(rowKey);
    if (stored === undefined) return;
    batch.remove(this.#values, rowKey);
    batch.remove(this.#expiries, Buffer.concat([timeBytes(Math.ceil(decodeNumber(stored))), rowKey]));
  }
}
