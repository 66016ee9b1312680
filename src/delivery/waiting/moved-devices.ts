import type { Clock } from '../../domain/clock';
import { deviceKey, type Device } from '../../domain/device';
import { waitsForOneOf } from '../../domain/pending-delivery';
import { isShut, type Routes, type RouteState } from '../routes/routes';
import type { Retries } from '../../store/ports/retries';

export interface MovedDevicesContext {
  readonly retries: Pick<Retries, 'hasten'>;
  readonly routes: Pick<Routes, 'find'>;
  readonly clock: Clock;
}

/**
 * Devices that have registered on another route while nothing goes out on theirs: a paused credential, or a quota that is used up. What
 * waits for them is made due, and then planned for where they are. Each look reads all that waits on the route, so there is one for
 * all that have moved since the last.
 */
export class MovedDevices {
  readonly #moved = new Map<string, Set<string>>();
  #restsUntilMs = Number.NEGATIVE_INFINITY;
  readonly #context: MovedDevicesContext;

  constructor(context: MovedDevicesContext) {
    this.#context = context;
  }

  /** `before`: as it was registered until now; null: not at all. */
  registered(before: Device | null, device: Device): void {
    const from = before === null ? undefined : this.#routeOf(before);
    if (from === undefined || from === this.#routeOf(device)) return;
    if (isShut(from, this.#context.clock.monotonicMs())) this.#note(from.id, deviceKey(device));
  }

  get areDue(): boolean {
    return this.#moved.size > 0 && this.#context.clock.monotonicMs() >= this.#restsUntilMs;
  }

  /** Rejects with StoreUnavailableError; then the next look is for the same devices, too. */
  async hasten(): Promise<void> {
    const { retries, clock } = this.#context;
    const startedAtMs = clock.monotonicMs();
    try {
      for (const [route, devices] of [...this.#moved]) {
        // Who moves while the store is read is for the next look.
        this.#moved.delete(route);
        await retries.hasten(route, waitsForOneOf(devices)).catch((error: unknown) => {
          for (const device of devices) this.#note(route, device);
          throw error;
        });
      }
    } finally {
      const nowMs = clock.monotonicMs();
      this.#restsUntilMs = nowMs + leastRestMs + restShare * (nowMs - startedAtMs);
    }
  }

  #routeOf({ app, provider, lane }: Device): RouteState | undefined {
    return this.#context.routes.find(app, provider, lane);
  }

  #note(route: string, device: string): void {
    const devices = this.#moved.get(route);
    if (devices === undefined) this.#moved.set(route, new Set([device]));
    else devices.add(device);
  }
}

const leastRestMs = 1_000;
/** Of the time that a look took: with very much that waits, looking takes a twentieth of the time at most. */
const restShare = 19;
