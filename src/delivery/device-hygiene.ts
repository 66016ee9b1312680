import type { Clock } from '../domain/clock';
import type { Devices, DeviceOutcome } from '../store/ports/devices';
import type { SharedState } from '../store/ports/shared-state';
import type { DeliveryEvents } from '../observability/delivery-events';
import type { DeliveryOptions } from './options';
import type { PlannedDelivery } from './planned-delivery';
import type { RouteState } from './routes';

export interface DeviceHygieneContext {
  readonly options: DeliveryOptions;
  readonly devices: Devices;
  readonly sharedState: SharedState;
  readonly events: DeliveryEvents;
  readonly clock: Clock;
}

/**
 * Keeps the registrations in step with what providers say. All of it is best effort and batched: the device's record
 * may lag, a delivery never waits for it.
 */
export class DeviceHygiene {
  #outcomes: DeviceOutcome[] = [];
  #flushing: Promise<void> | null = null;
  readonly #tasks = new Set<Promise<void>>();
  readonly #probes = new Map<string, { minute: number; count: number }>();

  constructor(private readonly context: DeviceHygieneContext) {}

  accepted(planned: PlannedDelivery, route: RouteState, atMs: number): void {
    const { device } = planned;
    if (planned.probe === 'environment' && device.environment !== route.environment) {
      this.#record(planned, { kind: 'environment', environment: route.environment });
      this.context.events.environmentCorrected(route);
    }
    const sinceMs = device.lastAcceptedAtMs === null ? null : atMs - device.lastAcceptedAtMs;
    const known = sinceMs !== null && sinceMs >= 0 && sinceMs < acceptedWrittenEveryMs;
    if (known && device.rejectionsInRow === 0) return;
    this.#record(planned, { kind: 'accepted', atMs });
  }

  rejected(planned: PlannedDelivery, reason: string): void {
    const { options, clock } = this.context;
    const atMs = clock.now();
    this.#record(planned, {
      kind: 'rejected',
      atMs,
      reason,
      suspendAfter: options.suspendAfterRejections,
      suspendUntilMs: atMs + options.suspendForMs,
    });
  }

  /** Every replica reads it with the device, and sends it nothing until then. */
  throttled(planned: PlannedDelivery, untilMs: number): void {
    this.#record(planned, { kind: 'throttled', untilMs });
  }

  /** Compare-and-delete of the device token, unless the brake holds: one cause must not wipe a fleet. */
  forget(planned: PlannedDelivery, route: RouteState, reason: string, registeredBeforeMs: number): void {
    this.#track(this.#forget(planned, route, reason, registeredBeforeMs));
  }

  /** Whether a token may be tried on the other environment now; many `BadDeviceToken` make APNs close the connection. */
  mayProbe(app: string): boolean {
    const minute = Math.floor(this.context.clock.monotonicMs() / 60_000);
    const probes = this.#probes.get(app);
    if (probes === undefined || probes.minute !== minute) {
      this.#probes.set(app, { minute, count: 1 });
      return true;
    }
    probes.count += 1;
    return probes.count <= this.context.options.environmentProbesPerMinute;
  }

  /** Resolves when everything begun is written or has failed. */
  async flush(): Promise<void> {
    while (this.#tasks.size > 0 || this.#flushing !== null)
      await Promise.all([...this.#tasks, this.#flushing]);
  }

  async #forget(
    planned: PlannedDelivery,
    route: RouteState,
    reason: string,
    registeredBeforeMs: number,
  ): Promise<void> {
    const { devices, events } = this.context;
    if (!(await this.#brakeLetsThrough(planned, reason))) {
      events.pruneBraked(route, reason);
      return;
    }
    const { uid, deviceId, tokenKind, token } = planned;
    const gone = await devices.forget({ uid, deviceId, tokenKind, token, registeredBeforeMs });
    if (gone) events.deviceTokenForgotten(route, reason);
  }

  async #brakeLetsThrough(planned: PlannedDelivery, reason: string): Promise<boolean> {
    const { options, devices, sharedState } = this.context;
    const { app, provider } = planned.device;
    const { share, count, windowMs } = options.pruneBrake;
    const limit = Math.max(count, Math.floor((await devices.count(app, provider)) * share));
    return (await sharedState.take(`prune:${provider}:${app}:${reason}`, 1, limit, windowMs)) > 0;
  }

  #record(planned: PlannedDelivery, change: DeviceOutcome['change']): void {
    const { uid, deviceId, tokenKind, token } = planned;
    this.#outcomes.push({ uid, deviceId, tokenKind, token, change });
    this.#flushing ??= this.#writeOutcomes();
  }

  async #writeOutcomes(): Promise<void> {
    try {
      while (this.#outcomes.length > 0) {
        await new Promise((resolve) => setImmediate(resolve));
        const batch = this.#outcomes;
        this.#outcomes = [];
        await this.context.devices.record(batch);
      }
    } catch (error) {
      this.context.events.deviceRecordFailed(error);
    } finally {
      this.#flushing = null;
    }
  }

  #track(task: Promise<void>): void {
    const tracked = task
      .catch((error: unknown) => this.context.events.deviceRecordFailed(error))
      .finally(() => this.#tasks.delete(tracked));
    this.#tasks.add(tracked);
  }
}

/** How stale `last_accepted_at` may be. */
const acceptedWrittenEveryMs = 3_600_000;
