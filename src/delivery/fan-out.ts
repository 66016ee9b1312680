import { isVisibleTo } from '../content/audience';
import type { Clock } from '../domain/clock';
import type { Device } from '../domain/device';
import type { Notification } from '../domain/notification';
import type { DeliveryEvents, RecipientResult } from '../observability/delivery-events';
import type { Devices } from '../store/ports/devices';
import type { DuplicateMarks } from '../store/ports/duplicate-marks';
import type { Profiles } from '../store/ports/people';
import { deliveryId } from './delivery-id';
import { markRequest } from './duplicate-keys';
import type { DeliveryOptions } from './options';
import type { PlannedDelivery } from './planned-delivery';
import type { Renderer } from './renderer';
import type { Routes, RouteState } from './routes';
import { workId, type Names, type Work } from './work';

export interface FanOutContext {
  readonly options: Pick<DeliveryOptions, 'dedupWindowMs'>;
  readonly routes: Routes;
  readonly devices: Devices;
  readonly duplicateMarks: DuplicateMarks;
  readonly profiles: Profiles;
  readonly renderer: Renderer;
  readonly events: DeliveryEvents;
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
}

/** Recipients → devices → deliveries, less those who must not or cannot get it. Skips are counted, one a recipient. */
export class FanOut {
  constructor(private readonly context: FanOutContext) {}

  /** `pendingRecipients` are indices into `recipients` that are not done yet. */
  async plan(
    work: Work,
    entryId: string,
    recipients: readonly string[],
    pendingRecipients: readonly number[],
  ): Promise<FanOutPlan> {
    const wanted = await this.#withoutDuplicates(
      work,
      entryId,
      recipients,
      this.#eligible(work, recipients, pendingRecipients),
    );
    if (wanted.length === 0) return { groups: [], unroutable: [] };
    const [devices, names] = await Promise.all([
      this.context.devices.listMany(wanted.map((index) => recipients[index] ?? '')),
      this.namesOf(work),
    ]);
    const grouping = new Grouping(this.context, work, names);
    wanted.forEach((recipient, position) => {
      const added = grouping.addRecipient(recipients[recipient] ?? '', recipient, devices[position] ?? []);
      this.context.events.recipients(added, 1);
    });
    return grouping;
  }

  /** A delivery that waited, for the device as it is now; null when the device no longer takes it. */
  replan(
    work: Work,
    device: Device,
    history: Pick<PlannedDelivery, 'attempts' | 'ambiguousAttempts' | 'probe'>,
    names: Names,
  ): FanOutPlan {
    const grouping = new Grouping(this.context, work, names);
    grouping.addDevice(device, 0, history);
    return grouping;
  }

  namesOf(work: Work): Promise<Names> {
    return (work.names ??= this.#readNames(work));
  }

  async #readNames(work: Work): Promise<Names> {
    if (work.body.kind === 'push') return { sender: null, channel: null };
    const { fromUid, channelType, channelId } = work.body.message;
    const [senders, channel] = await Promise.all([
      this.context.profiles.getUsers([fromUid]),
      this.context.profiles.getChannel(channelType, channelId),
    ]);
    return { sender: senders[0]?.name ?? null, channel: channel?.name ?? null };
  }

  #eligible(work: Work, recipients: readonly string[], pendingRecipients: readonly number[]): number[] {
    const reason = this.#wholeWorkSkipped(work);
    if (reason !== null) {
      this.context.events.recipients(reason, pendingRecipients.length);
      return [];
    }
    return pendingRecipients.filter((index) => {
      const skipped = skipReason(work, recipients[index] ?? '');
      if (skipped !== null) this.context.events.recipients(skipped, 1);
      return skipped === null;
    });
  }

  #wholeWorkSkipped(work: Work): RecipientResult | null {
    if (work.content?.command) return 'command';
    return this.context.clock.now() >= work.deadlineMs ? 'expired' : null;
  }

  /** A replay was asked for by a person, so it may repeat. */
  async #withoutDuplicates(
    work: Work,
    entryId: string,
    recipients: readonly string[],
    indices: number[],
  ): Promise<number[]> {
    if (indices.length === 0 || work.body.replay !== undefined) return indices;
    const requests = indices.map((index) => markRequest(work.body, recipients[index] ?? ''));
    const mine = await this.context.duplicateMarks.claim(
      requests,
      entryId,
      this.context.options.dedupWindowMs,
    );
    const kept = indices.filter((_, position) => mine[position] === true);
    if (kept.length < indices.length)
      this.context.events.recipients('duplicate', indices.length - kept.length);
    return kept;
  }
}

function skipReason(work: Work, uid: string): RecipientResult | null {
  if (work.body.kind === 'push' || work.content === null) return null;
  if (uid === work.body.message.fromUid) return 'sender';
  return isVisibleTo(work.content, uid) ? null : 'hidden';
}

/** Collects deliveries by route and notification. */
class Grouping implements FanOutPlan {
  readonly groups: DeliveryGroup[] = [];
  readonly unroutable: Device[] = [];
  readonly #byRoute = new Map<RouteState, Map<Notification, DeliveryGroup>>();

  constructor(
    private readonly context: FanOutContext,
    private readonly work: Work,
    private readonly names: Names,
  ) {}

  addRecipient(uid: string, recipient: number, devices: readonly Device[]): RecipientResult {
    const only = this.work.body.replay?.only ?? null;
    let result: RecipientResult = 'no_device';
    for (const device of devices) {
      if (only !== null && !only.some((one) => one.uid === uid && one.deviceId === device.deviceId)) continue;
      const added = this.addDevice(device, recipient, { attempts: 0, ambiguousAttempts: 0, probe: 'none' });
      if (added === 'pushed' || result === 'no_device') result = added;
    }
    return result;
  }

  addDevice(
    device: Device,
    recipient: number,
    history: Pick<PlannedDelivery, 'attempts' | 'ambiguousAttempts' | 'probe'>,
  ): RecipientResult {
    const { body } = this.work;
    if (device.token === null) return 'no_device';
    if (body.kind === 'push' && body.push.app !== null && body.push.app !== device.app) return 'no_device';
    if (device.suspendedUntilMs !== null && device.suspendedUntilMs > this.context.clock.now())
      return 'suspended';
    const route = this.context.routes.find(device.app, device.provider, device.environment);
    if (route === undefined) {
      this.unroutable.push(device);
      return 'not_configured';
    }
    const { uid, deviceId, app, token, platform, environment } = device;
    const id = deliveryId(app, workId(this.work), uid, deviceId, 'alert');
    const notification = this.context.renderer.notificationFor(this.work, device, this.names);
    const planned = {
      id,
      uid,
      deviceId,
      tokenKind: 'alert',
      token,
      platform,
      environment,
      badge: null,
      device,
      recipient,
      ...history,
    } as const;
    this.#groupOf(route, notification).planned.push(planned);
    return 'pushed';
  }

  #groupOf(route: RouteState, notification: Notification): DeliveryGroup {
    let ofRoute = this.#byRoute.get(route);
    if (ofRoute === undefined) this.#byRoute.set(route, (ofRoute = new Map<Notification, DeliveryGroup>()));
    let group = ofRoute.get(notification);
    if (group === undefined) {
      group = { route, notification, planned: [] };
      ofRoute.set(notification, group);
      this.groups.push(group);
    }
    return group;
  }
}
