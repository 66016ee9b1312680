import type { Clock } from '../../domain/clock';
import type { Device } from '../../domain/device';
import { holds } from '../../domain/device-token';
import type { Devices, DeviceOutcome, Suspension } from '../../store/ports/devices';
import type { SharedState } from '../../store/ports/shared-state';
import type { DeliveryEvents } from '../../observability/delivery-events';
import type { DeliveryOptions } from '../options';
import type { PlannedDelivery } from './planned-delivery';
import type { RouteState } from '../routes/routes';
import { nextTurn } from '../../runtime/slice';
import { Running } from '../../shared/running';

export interface DeviceHygieneContext {
  readonly options: DeliveryOptions;
  readonly devices: Devices;
  readonly sharedState: SharedState;
  readonly events: DeliveryEvents;
  readonly clock: Clock;
}

/** A device token as it was when somebody said something of it. */
export type AddressedToken = Pick<PlannedDelivery, 'uid' | 'deviceId' | 'tokenKind' | 'token' | 'device'>;

/**
 * What becomes of a delivery whose device token is dead. over: nothing is left to send to. elsewhere: the device has another
 * address by now. alert: the VoIP token is dead, and the system can still show the call. unknown: it has to be tried again.
 */
export type Fate =
  | { readonly kind: 'over' }
  | { readonly kind: 'elsewhere' | 'alert'; readonly device: Device }
  | { readonly kind: 'unknown' };

/**
 * Keeps the registrations in step with what providers say. All of it is best effort and batched: the device's record
 * may lag, a delivery never waits for it.
 */
export class DeviceHygiene {
  #outcomes: DeviceOutcome[] = [];
  #isWriting = false;
  readonly #tasks = new Running();
  readonly #probes = new Map<string, { minute: number; count: number }>();
  readonly #context: DeviceHygieneContext;

  constructor(context: DeviceHygieneContext) {
    this.#context = context;
  }

  accepted(planned: PlannedDelivery, route: RouteState, atMs: number): void {
    const { device } = planned;
    if (planned.probe === 'lane' && device.lane !== planned.lane) {
      this.#record(planned, { kind: 'lane', lane: planned.lane });
      this.#context.events.laneCorrected(route);
    }
    const sinceMs = device.lastAcceptedAtMs === null ? null : atMs - device.lastAcceptedAtMs;
    const known = sinceMs !== null && sinceMs >= 0 && sinceMs < acceptedWrittenEveryMs;
    if (known && device.rejectionsInRow === 0) return;
    this.#record(planned, { kind: 'accepted', atMs });
  }

  rejected(planned: PlannedDelivery, reason: string): void {
    const { options, clock } = this.#context;
    const atMs = clock.now();
    this.#record(planned, {
      kind: 'rejected',
      atMs,
      reason,
      suspendAfter: options.suspendAfterRejections,
      suspendUntilMs: atMs + options.suspendForMs,
    });
  }

  /** Pushes to the device are of no use for a while: it is suspended as after many rejections. */
  suspend(addressed: AddressedToken, reason: string): void {
    const { options, clock } = this.#context;
    const atMs = clock.now();
    const suspendUntilMs = atMs + options.suspendForMs;
    this.#record(addressed, { kind: 'rejected', atMs, reason, suspendAfter: 1, suspendUntilMs });
  }

  /** Every replica reads it with the device, and sends it nothing until then. */
  throttled(planned: AddressedToken, untilMs: number): void {
    this.#record(planned, { kind: 'throttled', untilMs });
  }

  /** Compare-and-delete of the device token, unless the brake holds: one cause must not wipe a fleet. Never rejects. */
  forget(
    planned: AddressedToken,
    route: RouteState,
    reason: string,
    registeredBeforeMs: number,
  ): Promise<Fate> {
    const fate = this.#forget(planned, route, reason, registeredBeforeMs);
    return this.#track(fate, { kind: 'unknown' });
  }

  /** The device, where it has another address by now than the one that was tried. Never rejects. */
  movedTo(planned: AddressedToken): Promise<Device | null> {
    const { uid, deviceId } = planned;
    const moved = this.#context.devices
      .get(uid, deviceId)
      .then((device) => (device !== null && hasMoved(planned, device) ? device : null));
    return this.#track(moved, null);
  }

  /** Whether a token may be tried on the provider's other lane now; many `BadDeviceToken` make APNs close the connection. */
  mayProbe(app: string): boolean {
    const minute = Math.floor(this.#context.clock.monotonicMs() / 60_000);
    const probes = this.#probes.get(app);
    if (probes === undefined || probes.minute !== minute) {
      this.#probes.set(app, { minute, count: 1 });
      return true;
    }
    probes.count += 1;
    return probes.count <= this.#context.options.laneProbesPerMinute;
  }

  /** Resolves when everything begun is written or has failed. */
  flush(): Promise<void> {
    return this.#tasks.ended();
  }

  async #forget(
    planned: AddressedToken,
    route: RouteState,
    reason: string,
    registeredBeforeMs: number,
  ): Promise<Fate> {
    const { devices, events } = this.#context;
    const device = await this.movedTo(planned);
    if (device !== null) return { kind: 'elsewhere', device };
    if (!(await this.#brakeLetsThrough(planned, reason))) {
      events.pruneBraked(route, reason);
      return this.#withoutVoip(planned);
    }
    const { uid, deviceId, tokenKind, token } = planned;
    const gone = await devices.forget({ uid, deviceId, tokenKind, token, registeredBeforeMs });
    if (gone) {
      await events.deviceTokenForgotten(route, planned, reason);
      return this.#withoutVoip(planned);
    }
    const kept = await devices.get(uid, deviceId);
    if (kept === null) return over;
    if (hasMoved(planned, kept)) return { kind: 'elsewhere', device: kept };
    // The same token, registered while the push was on its way: the provider may not have known yet.
    return kept.registeredAtMs > registeredBeforeMs ? { kind: 'unknown' } : over;
  }

  async #withoutVoip({ uid, deviceId, tokenKind }: AddressedToken): Promise<Fate> {
    const device = tokenKind === 'voip' ? await this.#context.devices.get(uid, deviceId) : null;
    return device === null || device.token === null ? over : { kind: 'alert', device };
  }

  /** By the fleet as it was when the first token went for this reason: it shrinks with each one that does. */
  async #brakeLetsThrough(planned: AddressedToken, reason: string): Promise<boolean> {
    const { options, devices, sharedState } = this.#context;
    const { app, provider } = planned.device;
    const { windowMs } = options.pruneBrake;
    const key = `prune:${provider}:${app}:${reason}`;
    const count = await devices.count(app, provider);
    const before = await sharedState.setIfAbsent(`${key}:fleet`, String(count), windowMs);
    const fleet = Math.max(count, Number(before ?? count));
    return (await sharedState.take(key, 1, pruneLimit(options.pruneBrake, fleet), windowMs)) > 0;
  }

  #record(planned: AddressedToken, change: DeviceOutcome['change']): void {
    const { uid, deviceId, tokenKind, token } = planned;
    this.#outcomes.push({ uid, deviceId, tokenKind, token, change });
    if (this.#isWriting) return;
    this.#isWriting = true;
    this.#tasks.add(this.#writeOutcomes());
  }

  async #writeOutcomes(): Promise<void> {
    try {
      while (this.#outcomes.length > 0) {
        await nextTurn();
        const batch = this.#outcomes;
        this.#outcomes = [];
        await this.#tellSuspended(await this.#context.devices.record(batch));
      }
    } catch (error) {
      this.#context.events.deviceRecordFailed(error);
    } finally {
      this.#isWriting = false;
    }
  }

  async #tellSuspended(suspended: readonly Suspension[]): Promise<void> {
    const { events } = this.#context;
    await Promise.all(
      suspended.map(({ device, reason, untilMs }) => events.deviceSuspended(device, reason, untilMs)),
    );
  }

  #track<T>(task: Promise<T>, failed: T): Promise<T> {
    const tracked = task.catch((error: unknown) => {
      this.#context.events.deviceRecordFailed(error);
      return failed;
    });
    this.#tasks.add(tracked);
    return tracked;
  }
}

/** How many of a fleet one reason may take: what is beyond both limits of either rule stays. */
export function pruneLimit(brake: DeliveryOptions['pruneBrake'], fleet: number): number {
  const { share, count, smallShare, smallCount } = brake;
  return Math.min(
    Math.max(count, Math.floor(fleet * share)),
    Math.max(smallCount, Math.floor(fleet * smallShare)),
  );
}

/** Whether the device is reached elsewhere than where this delivery went. */
function hasMoved({ device: before, tokenKind, token }: AddressedToken, now: Device): boolean {
  return (
    now.provider !== before.provider ||
    now.app !== before.app ||
    now.lane !== before.lane ||
    !holds(now, tokenKind, token)
  );
}

const over: Fate = { kind: 'over' };

/** How stale `last_accepted_at` may be. */
const acceptedWrittenEveryMs = 3_600_000;
