import { isVisibleTo, mentionOf } from '../content/audience';
import type { Clock } from '../domain/clock';
import type { Device } from '../domain/device';
import { conversationId, type Message } from '../domain/message';
import type { Notification } from '../domain/notification';
import type { PendingDelivery } from '../domain/work';
import type { DeliveryEvents, RecipientResult } from '../observability/delivery-events';
import type { Devices } from '../store/ports/devices';
import type { DuplicateMarks } from '../store/ports/duplicate-marks';
import type { Profiles } from '../store/ports/people';
import { deliveryId } from './delivery-id';
import { markRequests } from './duplicate-keys';
import type { DeliveryOptions } from './options';
import { ownExpiryMs } from './expiry';
import type { PlannedDelivery } from './planned-delivery';
import type { Renderer } from './renderer';
import type { Routes, RouteState } from './routes';
import { heldByStorm, isSummary, type StormGuard, type StormVerdict } from './storm-guard';
import { workId, type Names, type Work } from './work';

export interface FanOutContext {
  readonly options: Pick<DeliveryOptions, 'dedupWindowMs'>;
  readonly routes: Routes;
  readonly devices: Devices;
  readonly duplicateMarks: DuplicateMarks;
  readonly profiles: Profiles;
  readonly renderer: Renderer;
  /** Null: no limits. */
  readonly storm: StormGuard | null;
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
  /** Deliveries that wait in the store to become the summary of a storm. */
  readonly postponed: readonly PendingDelivery[];
  /** Recipients for whom the relay itself was too late; a message that ended its own life leaves nobody here. */
  readonly tooLate: readonly string[];
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
    const eligible = this.#eligible(work, recipients, pendingRecipients);
    if (this.context.clock.now() >= work.deadlineMs)
      return this.#tooLate(
        work,
        eligible.map((index) => recipients[index] ?? ''),
      );
    let grouping: Grouping | null = null;
    // In slices, between which a message to one person finds its way.
    for (let from = 0; from < eligible.length; from += recipientsAtOnce) {
      const slice = eligible.slice(from, from + recipientsAtOnce);
      const wanted = await this.#withoutDuplicates(work, entryId, recipients, slice);
      if (wanted.length === 0) continue;
      const [devices, names] = await Promise.all([
        this.context.devices.listMany(wanted.map((index) => recipients[index] ?? '')),
        this.namesOf(work),
      ]);
      grouping ??= new Grouping(this.context, work, names);
      for (const [position, recipient] of wanted.entries()) {
        const added = grouping.addRecipient(recipients[recipient] ?? '', recipient, devices[position] ?? []);
        this.context.events.recipients(added, 1);
      }
    }
    return grouping ?? nothing;
  }

  /** A delivery that waited, for the device as it is now. */
  replan(
    work: Work,
    device: Device,
    pending: PendingDelivery,
    probe: PlannedDelivery['probe'],
    names: Names,
  ): FanOutPlan {
    const grouping = new Grouping(this.context, work, names);
    grouping.addWaiting(device, pending, probe);
    return grouping;
  }

  namesOf(work: Work): Promise<Names> {
    return (work.names ??= this.#readNames(work).catch((error: unknown) => {
      work.names = null;
      throw error;
    }));
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
    if (work.content?.command) {
      this.context.events.recipients('command', pendingRecipients.length);
      return [];
    }
    return pendingRecipients.filter((index) => {
      const skipped = skipReason(work, recipients[index] ?? '');
      if (skipped !== null) this.context.events.recipients(skipped, 1);
      return skipped === null;
    });
  }

  /** A message that has outlived itself needs no dead letter; one that waited here for too long does. */
  #tooLate(work: Work, uids: readonly string[]): FanOutPlan {
    this.context.events.recipients('expired', uids.length);
    const diedByItself = this.context.clock.now() >= ownExpiryMs(work.body, work.receivedAtMs);
    return diedByItself ? nothing : { ...nothing, tooLate: uids };
  }

  /** A replay was asked for by a person, so it may repeat. */
  async #withoutDuplicates(
    work: Work,
    entryId: string,
    recipients: readonly string[],
    indices: number[],
  ): Promise<number[]> {
    if (indices.length === 0 || work.body.replay !== undefined) return indices;
    const requests = markRequests(
      work.body,
      indices.map((index) => recipients[index] ?? ''),
    );
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

const recipientsAtOnce = 100;
const nothing: FanOutPlan = { groups: [], unroutable: [], postponed: [], tooLate: [] };

function skipReason(work: Work, uid: string): RecipientResult | null {
  if (work.body.kind === 'push' || work.content === null) return null;
  if (uid === work.body.message.fromUid) return 'sender';
  return isVisibleTo(work.content, uid) ? null : 'hidden';
}

/** Collects deliveries by route and notification. */
class Grouping implements FanOutPlan {
  readonly groups: DeliveryGroup[] = [];
  readonly unroutable: Device[] = [];
  readonly postponed: PendingDelivery[] = [];
  readonly tooLate: readonly string[] = [];
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
      const added = this.#addDevice(device, recipient);
      if (added === 'pushed' || result === 'no_device') result = added;
    }
    return result;
  }

  addWaiting(device: Device, pending: PendingDelivery, probe: PlannedDelivery['probe']): void {
    const found = this.#target(device);
    if (typeof found === 'string') return;
    const { attempts, ambiguousAttempts } = pending;
    this.#plan(
      found,
      device,
      0,
      { attempts, ambiguousAttempts, probe },
      this.#notificationOf(device, pending),
    );
  }

  #notificationOf(device: Device, pending: PendingDelivery): Notification {
    const { renderer, storm } = this.context;
    const { body } = this.work;
    if (!isSummary(pending) || body.kind !== 'message')
      return renderer.notificationFor(this.work, device, this.names);
    const count = storm?.takeSummary(deviceKey(device), conversationKey(body.message)) ?? null;
    return renderer.summaryFor(this.work, device, this.names, count);
  }

  #addDevice(device: Device, recipient: number): RecipientResult {
    const found = this.#target(device);
    if (typeof found === 'string') return found;
    const verdict = this.#stormVerdict(device);
    if (verdict === 'held') return 'storm';
    if (verdict === 'summary') {
      this.postponed.push(this.#postpone(device, found.route));
      return 'storm';
    }
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
    if (suspendedUntilMs !== null && suspendedUntilMs > this.context.clock.now()) return 'suspended';
    const route = this.context.routes.find(app, provider, environment);
    if (route !== undefined) return { route, token };
    this.unroutable.push(device);
    return 'not_configured';
  }

  /** A person who is named is told, however much else there is. */
  #stormVerdict(device: Device): StormVerdict {
    const { body, content } = this.work;
    const { storm } = this.context;
    if (storm === null || body.kind !== 'message' || content === null || body.replay !== undefined)
      return 'send';
    if (mentionOf(content, device.uid) === 'me') return 'send';
    return storm.admit(deviceKey(device), conversationKey(body.message), body.message.messageId);
  }

  #postpone(device: Device, route: RouteState): PendingDelivery {
    const { bodyId, receivedAtMs } = this.work;
    const { uid, deviceId } = device;
    return {
      id: this.#id(device),
      bodyId,
      route: route.id,
      uid,
      deviceId,
      tokenKind: 'alert',
      attempts: 0,
      ambiguousAttempts: 0,
      dueAtMs: this.context.clock.now() + (this.context.storm?.summaryIntervalMs ?? 0),
      receivedAtMs,
      lastReason: heldByStorm,
      summary: true,
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
      ...history,
    });
  }

  #id(device: Device): string {
    return deliveryId(device.app, workId(this.work), device.uid, device.deviceId, 'alert');
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

/** The reason that a delivery waits for as a storm's summary. */

function deviceKey(device: Device): string {
  return JSON.stringify([device.uid, device.deviceId]);
}

function conversationKey(message: Message): string {
  return `${message.channelType}:${conversationId(message)}`;
}
