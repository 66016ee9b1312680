import { mentionOf } from '../../content/audience';
import type { Clock } from '../../domain/clock';
import type { Device } from '../../domain/device';
import { conversationId, type Message } from '../../domain/message';
import type { Notification } from '../../domain/notification';
import type { PendingDelivery } from '../../domain/pending-delivery';
import type { RecipientResult } from '../../observability/delivery-events';
import { deliveryId } from './delivery-id';
import type { DeliveryOptions } from '../options';
import type { PlannedDelivery } from '../send/planned-delivery';
import type { Renderer } from './renderer';
import type { Routes, RouteState } from '../routes/routes';
import type { StormGuard } from './storm-guard';
import { workId, type Names, type Work } from './work';

export interface GroupingContext {
  readonly routes: Routes;
  readonly renderer: Renderer;
  /** Null: no limits. */
  readonly storm: StormGuard | null;
  readonly options: Pick<DeliveryOptions, 'suspendForMs'>;
  readonly clock: Clock;
}

/** Deliveries that share a route and a notification. */
export interface DeliveryGroup {
  readonly route: RouteState;
  readonly notification: Notification;
  readonly planned: PlannedDelivery[];
}

export interface FanOutPlan {
  readonly groups: readonly DeliveryGroup[];
  /** Devices whose app or environment has no credential here. */
  readonly unroutable: readonly Device[];
  /** Deliveries that wait in the store to become the summary of a storm. */
  readonly postponed: readonly PendingDelivery[];
  /** Recipients for whom the relay itself was too late; a message that ended its own life leaves nobody here. */
  readonly tooLate: readonly string[];
}

export const emptyPlan: FanOutPlan = { groups: [], unroutable: [], postponed: [], tooLate: [] };

/** Collects deliveries by route and notification. */
export class Grouping implements FanOutPlan {
  readonly groups: DeliveryGroup[] = [];
  readonly unroutable: Device[] = [];
  readonly postponed: PendingDelivery[] = [];
  readonly tooLate: readonly string[] = [];

  constructor(
    private readonly context: GroupingContext,
    readonly work: Work,
    private readonly names: Names,
  ) {}

  addRecipient(uid: string, recipient: number, devices: readonly Device[]): RecipientResult {
    const only = this.work.body.replay?.only ?? null;
    let result: RecipientResult = 'no_device';
    for (const device of devices) {
      if (only !== null && !only.some((one) => one.uid === uid && one.deviceId === device.deviceId)) continue;
      const added = this.#addDevice(device, recipient);
      if (added === 'pushed' || result === 'no_device') result = added;
    }
    return result;
  }

  addWaiting(device: Device, pending: PendingDelivery, probe: PlannedDelivery['probe']): RecipientResult {
    const found = this.#target(device);
    if (typeof found === 'string') return found;
    const { attempts, ambiguousAttempts } = pending;
    this.#plan(
      found,
      device,
      0,
      { attempts, ambiguousAttempts, probe },
      this.#notificationOf(device, pending),
    );
    return 'pushed';
  }

  #notificationOf(device: Device, pending: PendingDelivery): Notification {
    const { renderer } = this.context;
    const { body } = this.work;
    // The only one that was held back is itself: it hides nothing.
    if (body.kind !== 'message' || pending.summaryOf === undefined || pending.summaryOf <= 1)
      return renderer.notificationFor(this.work, device, this.names);
    return renderer.summaryFor(this.work, device, this.names, pending.summaryOf);
  }

  #addDevice(device: Device, recipient: number): RecipientResult {
    const found = this.#target(device);
    if (typeof found === 'string') return found;
    if (this.#isHeld(device, found.route)) return 'storm';
    const first = { attempts: 0, ambiguousAttempts: 0, probe: 'none' } as const;
    this.#plan(
      found,
      device,
      recipient,
      first,
      this.context.renderer.notificationFor(this.work, device, this.names),
    );
    return 'pushed';
  }

  /** Where the device is reached; a result where it is not. */
  #target(device: Device): { readonly route: RouteState; readonly token: string } | RecipientResult {
    const { body } = this.work;
    if (device.token === null) return 'no_device';
    if (body.kind === 'push' && body.push.app !== null && body.push.app !== device.app) return 'no_device';
    const { suspendedUntilMs, app, provider, environment, token } = device;
    if (isSuspended(suspendedUntilMs, this.context.clock.now(), this.context.options.suspendForMs))
      return 'suspended';
    const route = this.context.routes.find(app, provider, environment);
    if (route !== undefined) return { route, token };
    this.unroutable.push(device);
    return 'not_configured';
  }

  /** A person who is named is told, however much else there is. */
  #isHeld(device: Device, route: RouteState): boolean {
    const { body, content } = this.work;
    const { storm } = this.context;
    if (storm === null || body.kind !== 'message' || content === null || body.replay !== undefined)
      return false;
    if (mentionOf(content, device.uid) === 'me') return false;
    const dueAtMs = storm.holdUntilMs(deviceKey(device), conversationKey(body.message));
    if (dueAtMs !== null) this.postponed.push(this.#postpone(device, route, body.message, dueAtMs));
    return dueAtMs !== null;
  }

  /** All of one conversation on one device have one id, by which the store adds them up. */
  #postpone(device: Device, route: RouteState, message: Message, dueAtMs: number): PendingDelivery {
    const { bodyId, receivedAtMs } = this.work;
    const { app, uid, deviceId } = device;
    return {
      id: deliveryId(app, `storm:${conversationKey(message)}`, uid, deviceId, 'alert'),
      bodyId,
      route: route.id,
      uid,
      deviceId,
      tokenKind: 'alert',
      attempts: 0,
      ambiguousAttempts: 0,
      dueAtMs,
      receivedAtMs,
      lastReason: 'held by the storm limits',
      summaryOf: 1,
      collects: message.messageSeq,
      parked: false,
    };
  }

  #plan(
    { route, token }: { readonly route: RouteState; readonly token: string },
    device: Device,
    recipient: number,
    history: Pick<PlannedDelivery, 'attempts' | 'ambiguousAttempts' | 'probe'>,
    notification: Notification,
  ): void {
    const { uid, deviceId, platform, environment } = device;
    const { attempts, ambiguousAttempts, probe } = history;
    // Each by its name: spread, the last ones would stand in an object of their own.
    this.#groupOf(route, notification).planned.push({
      id: this.#id(device),
      uid,
      deviceId,
      tokenKind: 'alert',
      token,
      platform,
      environment,
      badge: null,
      device,
      recipient,
      attempts,
      ambiguousAttempts,
      probe,
    });
  }

  #id(device: Device): string {
    return deliveryId(device.app, workId(this.work), device.uid, device.deviceId, 'alert');
  }

  /** There are a few at most, and mostly one: a list is searched faster than maps are made. */
  #groupOf(route: RouteState, notification: Notification): DeliveryGroup {
    for (const group of this.groups)
      if (group.notification === notification && group.route === route) return group;
    const group = { route, notification, planned: [] };
    this.groups.push(group);
    return group;
  }
}

function deviceKey(device: Device): string {
  return JSON.stringify([device.uid, device.deviceId]);
}

function conversationKey(message: Message): string {
  return `${message.channelType}:${conversationId(message)}`;
}

/** An end further ahead than a suspension lasts was set by a clock that was wrong. */
function isSuspended(untilMs: number | null, nowMs: number, suspendForMs: number): boolean {
  return untilMs !== null && untilMs > nowMs && untilMs - nowMs <= suspendForMs;
}
