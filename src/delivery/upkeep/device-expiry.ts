import type { Device } from '../../domain/device';
import type { Logger } from '../../domain/logger';
import type { DeliveryEvents } from '../../observability/delivery-events';
import type { Devices } from '../../store/ports/devices';
import type { Deadlines } from '../../shared/deadlines';
import { nextTurn } from '../../runtime/slice';

export interface DeviceExpiryContext {
  readonly devices: Devices;
  readonly deadlines: Pick<Deadlines, 'nowMs'>;
  readonly events: Pick<DeliveryEvents, 'deviceExpired'>;
  readonly logger: Logger;
  readonly expireAfterMs: number;
}

/**
 * Prunes devices with neither activity, registration nor acceptance for `expireAfterMs`: FCM forgets them after 270
 * days, too (https://firebase.google.com/docs/cloud-messaging/manage-tokens). Once a day, a page at a time. By the time
 * that nobody doubts: a clock that is years ahead must not wipe a fleet.
 */
export class DeviceExpiry {
  #timer: NodeJS.Timeout | null = null;
  #stopped = false;
  #running: Promise<void> | null = null;
  readonly #context: DeviceExpiryContext;

  constructor(context: DeviceExpiryContext) {
    this.#context = context;
  }

  start(): void {
    this.#schedule(firstRunAfterMs);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#running;
  }

  /** Resolves with how many devices left. */
  async prune(): Promise<number> {
    let pruned = 0;
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<Devices['scan']>> = await this.#context.devices.scan(pageSize, cursor);
      for (const device of page.items) if (this.#isStale(device) && (await this.#remove(device))) pruned += 1;
      cursor = page.nextCursor;
      await nextTurn();
    } while (cursor !== null && !this.#stopped);
    return pruned;
  }

  #isStale(device: Device): boolean {
    const lastSignMs = Math.max(
      device.registeredAtMs,
      device.lastActiveAtMs ?? 0,
      device.lastAcceptedAtMs ?? 0,
    );
    return this.#context.deadlines.nowMs() - lastSignMs > this.#context.expireAfterMs;
  }

  /** Looks again under the store's lock: the device may have come back meanwhile. */
  async #remove(device: Device): Promise<boolean> {
    const { devices, events } = this.#context;
    let removed: Device | null = null;
    await devices.update(device.uid, device.deviceId, (now) => {
      removed = this.#isStale(now) ? now : null;
      return removed === null ? now : null;
    });
    if (removed === null) return false;
    await events.deviceExpired(removed);
    return true;
  }

  #schedule(waitMs: number): void {
    this.#timer = setTimeout(() => {
      this.#running = this.prune()
        .then((pruned) => {
          if (pruned > 0)
            this.#context.logger.info({ event: 'devices_expired', pruned }, 'expired devices removed');
        })
        .catch((error: unknown) =>
          this.#context.logger.error(
            { event: 'device_expiry_failed', err: error },
            'expired devices not removed',
          ),
        )
        .finally(() => {
          if (!this.#stopped) this.#schedule(everyMs);
        });
    }, waitMs);
    this.#timer.unref();
  }
}

const pageSize = 500;
const firstRunAfterMs = 60_000;
const everyMs = 86_400_000;
