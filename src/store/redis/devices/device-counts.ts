import type { ProviderName } from '../../../domain/provider-table';
import type { Keys } from '../commands/keys';
import type { DeadlineClient } from '../server/deadline-client';

type Holder = { readonly app: string; readonly provider: string };

/**
 * How many devices an app has at a provider, counted as they come and go. The count stands on a key of its own, so a crash
 * between a device and its count leaves it off by one.
 */
export class DeviceCounts {
  readonly #redis: DeadlineClient;
  readonly #keys: Keys;

  constructor(redis: DeadlineClient, keys: Keys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  /** Best effort. */
  changed(before: Holder | null, after: Holder | null): void {
    const from = before === null ? null : fieldOf(before.app, before.provider);
    const to = after === null ? null : fieldOf(after.app, after.provider);
    if (from === to) return;
    if (from !== null) this.#add(from, '-1');
    if (to !== null) this.#add(to, '1');
  }

  async get(app: string, provider: ProviderName): Promise<number> {
    const count = await this.#redis.call('HGET', [this.#keys.deviceCounts(), fieldOf(app, provider)], 'utf8');
    return Math.max(0, Number(count ?? 0));
  }

  #add(field: string, by: string): void {
    this.#redis.call('HINCRBY', [this.#keys.deviceCounts(), field, by]).catch(() => {});
  }
}

function fieldOf(app: string, provider: string): string {
  return `${provider}:${app}`;
}
