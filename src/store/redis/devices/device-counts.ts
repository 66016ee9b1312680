import type { Device, ProviderName } from '../../../domain/device';
import type { Keys } from '../commands/keys';
import type { Link } from '../server/link';

/**
 * How many devices an app has at a provider, counted as they come and go. The count stands on a key of its own, so a crash
 * between a device and its count leaves it off by one.
 */
export class DeviceCounts {
  constructor(
    private readonly link: Link,
    private readonly keys: Keys,
  ) {}

  /** Best effort. */
  changed(before: Device | null, after: Device | null): void {
    const from = before === null ? null : fieldOf(before.app, before.provider);
    const to = after === null ? null : fieldOf(after.app, after.provider);
    if (from === to) return;
    if (from !== null) this.#add(from, '-1');
    if (to !== null) this.#add(to, '1');
  }

  async get(app: string, provider: ProviderName): Promise<number> {
    const count = await this.link.call('HGET', [this.keys.deviceCounts(), fieldOf(app, provider)], 'utf8');
    return Math.max(0, Number(count ?? 0));
  }

  #add(field: string, by: string): void {
    this.link.call('HINCRBY', [this.keys.deviceCounts(), field, by]).catch(() => {});
  }
}

function fieldOf(app: string, provider: ProviderName): string {
  return `${provider}:${app}`;
}
