import { mentionOf } from '../../content/audience';
import type { Clock } from '../../domain/clock';
import { deviceKey, type Device } from '../../domain/device';
import type { Journey } from '../../domain/journey';
import type { TokenKind } from '../../domain/provider-table';
import { conversationId, type Message } from '../../domain/message';
import type { Notification } from '../../domain/notification';
import { heldByStorm, type PendingDelivery } from '../../domain/pending-delivery';
import type { Recipient } from '../../domain/people';
import type { RecipientResult } from '../../domain/recipient-result';
import { addressOf, isReplayedTo, showsEveryPush, type DeviceAddress } from '../rules/device-address';
import { judge, type Moment, type Rule } from '../rules/rule';
import type { DeviceRule } from '../rules/device-rules';
import { recipientRules } from '../rules/recipient-rules';
import type { BadgeOptions, BadgeWork } from './badge-numbers';
import { BadgeTally } from './badge-tally';
import { deliveryId } from './delivery-id';
import { deviceDetailOf } from './journey-words';
import type { DeliveryOptions } from '../options';
import type { PlannedDelivery } from '../send/planned-delivery';
import type { Renderer } from './renderer';
import type { Routes, RouteState } from '../routes/routes';
import type { StormGuard } from './storm-guard';
import { messageIdOf, type Names, type DecodedEvent } from './decoded-event';

export interface PlanContext {
  readonly messageRules: readonly Rule<string>[];
  readonly deviceRule: DeviceRule;
  readonly routes: Routes;
  readonly renderer: Renderer;
  /** Null: no limits. */
  readonly storm: StormGuard | null;
  /** The same limits for pushes that only set a number; null: none. */
  readonly badgeStorm: StormGuard | null;
  /** Null: no push has a badge. */
  readonly badges: BadgeOptions | null;
  readonly options: Pick<DeliveryOptions, 'suspendForMs' | 'syncTtlMs'>;
  readonly journey: Journey;
  readonly clock: Clock;
}

/** A device that there is no way to, and the kind of device token that the message was for. */
export interface Unroutable {
  readonly device: Device;
  readonly tokenKind: TokenKind;
}

/** Deliveries that share a route and a notification. */
export interface DeliveryGroup {
  readonly route: RouteState;
  readonly notification: Notification;
  readonly planned: PlannedDelivery[];
}

export interface FanOutPlan {
  readonly groups: readonly DeliveryGroup[];
  /** Devices whose app or lane has no credential here. */
  readonly unroutable: readonly Unroutable[];
  /** Deliveries that wait in the store to become the summary of a storm. */
  readonly postponed: readonly PendingDelivery[];
  /** Recipients for whom the relay itself was too late; a message that ended its own life leaves nobody here. */
  readonly tooLate: readonly string[];
}

export const emptyPlan: FanOutPlan = { groups: [], unroutable: [], postponed: [], tooLate: [] };

/** Where a device is reached. */
interface Target extends DeviceAddress {
  readonly route: RouteState;
}

/** Collects deliveries by route and notification, of those who are to get the event by the rules. */
export class PlanBuilder implements FanOutPlan {
  readonly groups: DeliveryGroup[] = [];
  readonly unroutable: Unroutable[] = [];
  readonly postponed: PendingDelivery[] = [];
  readonly tooLate: readonly string[] = [];
  readonly #context: PlanContext;
  #names: Names;
  readonly #now: Moment;
  readonly #tally: BadgeTally;

  constructor(
    context: PlanContext,
    readonly event: DecodedEvent,
    names: Names,
    now: Moment,
  ) {
    this.#context = context;
    this.#names = names;
    this.#now = now;
    this.#tally = new BadgeTally(context.badges, event);
  }

  /** What is known of names by now, for those who come after: another slice of the recipients may have learned more. */
  useNames(names: Names): void {
    if (isSame(names, this.#names)) return;
    this.#names = names;
    this.event.notifications.length = 0;
  }

  /** `index`: of the uid among its entry's recipients. */
  addRecipient(recipient: Recipient, index: number): RecipientResult {
    const verdict = judge(recipientRules, this.event, recipient, this.#now);
    this.#tally.takeBack(recipient);
    if (this.#tally.counts(verdict)) this.#tally.add(recipient);
    if (verdict !== 'send') {
      if (verdict === 'muted' && this.#tally.counts(verdict)) this.#addQuietly(recipient, index);
      return verdict;
    }
    let result: RecipientResult = 'no_device';
    for (const device of recipient.devices) {
      const added = this.#addDevice(device, recipient, index);
      if (this.#context.journey.isFollowed) this.#tell(added, device, recipient);
      if (added === 'pushed' || result === 'no_device') result = added;
    }
    return result;
  }

  /** For a recall of what the phone shows no more: the number on the icon goes down, and what it shows stays. */
  addOvertaken(recipient: Recipient, index: number): RecipientResult {
    const verdict = judge(recipientRules, this.event, recipient, this.#now);
    this.#tally.takeBack(recipient);
    if (verdict !== 'send') return verdict;
    if (this.#tally.takesBack) this.#addQuietly(recipient, index);
    return 'command';
  }

  /** Of a device that is left out beside others; of one that is held, or cannot be reached, its result tells. */
  #tell(result: RecipientResult, device: Device, recipient: Recipient): void {
    if (result === 'pushed' || result === 'storm' || result === 'not_configured') return;
    if (!isReplayedTo(this.event.body, device)) return;
    const { journey, clock } = this.#context;
    journey.tell({
      messageId: messageIdOf(this.event),
      receivedAtMs: this.event.receivedAtMs,
      uid: recipient.uid,
      deviceId: device.deviceId,
      provider: device.provider,
      step: 'skipped',
      reason: result,
      detail: deviceDetailOf(result, this.event, recipient, device),
      atMs: clock.now(),
    });
  }

  /** A delivery that waited, to its device as it is now. `index` comes back with its result. `isRecalled`: only others are left of a summary. */
  addWaiting(
    recipient: Recipient,
    device: Device,
    pending: PendingDelivery,
    index: number,
    probe: (route: RouteState) => PlannedDelivery['probe'],
    isRecalled = false,
  ): RecipientResult {
    const ahead = judge(this.#context.messageRules, this.event, recipient.uid, this.#now);
    const verdict = ahead === 'send' ? judge(recipientRules, this.event, recipient, this.#now) : ahead;
    if (verdict !== 'send') return verdict;
    const silenced = this.#silenced(device, recipient);
    if (silenced !== null) return silenced;
    const target = this.#targetOf(device, pending.tokenKind);
    if (typeof target === 'string') return target;
    const { attempts, ambiguousAttempts } = pending;
    const history = { attempts, ambiguousAttempts, probe: probe(target.route) };
    const words = (unread: number): Notification =>
      this.#notificationOf(device, recipient, target, pending, isRecalled, unread);
    this.#plan(target, device, index, history, words);
    return 'pushed';
  }

  /** What lacks numbers since it was last asked for; null: nothing. Some is grouped only once it has them. */
  takeBadgeWork(): BadgeWork | null {
    return this.#tally.take();
  }

  /** A number, and nothing that anybody would notice. */
  #addQuietly(recipient: Recipient, index: number): void {
    const { routes, renderer, options, badgeStorm } = this.#context;
    for (const device of recipient.devices) {
      const address = addressOf(this.event, device, null, this.#now, options.suspendForMs);
      const route = routes.find(device.app, device.provider, device.lane);
      if (typeof address === 'string' || route === undefined || showsEveryPush(device)) continue;
      if (badgeStorm !== null && badgeStorm.holdUntilMs(deviceKey(device), 'badge') !== null) continue;
      const notification = renderer.badgeFor(this.event, this.event.receivedAtMs + options.syncTtlMs);
      this.#plan({ route, ...address }, device, index, firstAttempt, () => notification);
    }
  }

  /** `isRecalled`: it stands for others, and no longer for itself. */
  #notificationOf(
    device: Device,
    recipient: Recipient,
    { tokenKind }: Target,
    pending: PendingDelivery,
    isRecalled: boolean,
    unread: number,
  ): Notification {
    const { renderer } = this.#context;
    const { body } = this.event;
    if (isRecalled) {
      const others = (pending.summaryOf ?? 2) - 1;
      return renderer.summaryFor(this.event, device, recipient, this.#names, Math.max(others, unread));
    }
    // The only one that was held back is itself: it hides nothing.
    if (body.kind !== 'message' || pending.summaryOf === undefined || pending.summaryOf <= 1)
      return renderer.notificationFor(this.event, device, recipient, tokenKind, this.#names, unread);
    const count = Math.max(pending.summaryOf, unread);
    return renderer.summaryFor(this.event, device, recipient, this.#names, count);
  }

  #addDevice(device: Device, recipient: Recipient, index: number): RecipientResult {
    const target = this.#targetOf(device, null);
    if (typeof target === 'string') return target;
    const silenced = this.#silenced(device, recipient);
    if (silenced !== null) return silenced;
    if (this.#isHeld(device, target)) return 'storm';
    const { renderer } = this.#context;
    this.#plan(target, device, index, firstAttempt, (unread) =>
      renderer.notificationFor(this.event, device, recipient, target.tokenKind, this.#names, unread),
    );
    return 'pushed';
  }

  /** Null: it may ring. */
  #silenced(device: Device, { preferences }: Recipient): RecipientResult | null {
    if (preferences === null) return null;
    const verdict = this.#context.deviceRule(this.event, preferences, device, this.#now);
    return verdict === 'send' ? null : verdict;
  }

  /** A result where the device is not reached. */
  #targetOf(device: Device, tokenKind: TokenKind | null): Target | RecipientResult {
    const { routes, options } = this.#context;
    const address = addressOf(this.event, device, tokenKind, this.#now, options.suspendForMs);
    if (typeof address === 'string') return address;
    const route = routes.find(device.app, device.provider, device.lane);
    if (route !== undefined) return { route, ...address };
    this.unroutable.push({ device, tokenKind: address.tokenKind });
    return 'not_configured';
  }

  /** A call rings, and a person who is named is told, however much else there is. */
  #isHeld(device: Device, target: Target): boolean {
    const { body, content, call } = this.event;
    const { storm } = this.#context;
    if (storm === null || body.kind !== 'message' || content === null || body.replay !== undefined)
      return false;
    if (call !== null || content.recall !== null) return false;
    if (mentionOf(content, device.uid) === 'me') return false;
    const dueAtMs = storm.holdUntilMs(deviceKey(device), conversationKey(body.message));
    if (dueAtMs !== null) this.postponed.push(this.#postpone(device, target, body.message, dueAtMs));
    return dueAtMs !== null;
  }

  /** All of one conversation on one device have one id, by which the store adds them up. */
  #postpone(
    device: Device,
    { route, tokenKind }: Target,
    message: Message,
    dueAtMs: number,
  ): PendingDelivery {
    const { bodyId, receivedAtMs } = this.event;
    const { app, uid, deviceId } = device;
    return {
      id: deliveryId(app, `storm:${conversationKey(message)}`, uid, deviceId, tokenKind),
      bodyId,
      route: route.id,
      uid,
      deviceId,
      tokenKind,
      attempts: 0,
      ambiguousAttempts: 0,
      dueAtMs,
      receivedAtMs,
      lastReason: heldByStorm,
      summaryOf: 1,
      collects: message.messageSeq,
      parked: false,
    };
  }

  /** `words`: what it says where so many messages of the conversation are unread; 0: it does not matter. */
  #plan(
    { route, tokenKind, token }: Target,
    device: Device,
    recipient: number,
    history: Pick<PlannedDelivery, 'attempts' | 'ambiguousAttempts' | 'probe'>,
    words: (unread: number) => Notification,
  ): void {
    const notification = words(0);
    const { uid, deviceId, platform, lane } = device;
    const { attempts, ambiguousAttempts, probe } = history;
    // Each by its name: spread, the last ones would stand in an object of their own.
    const planned: PlannedDelivery = {
      id: deliveryId(device.app, messageIdOf(this.event), uid, deviceId, tokenKind),
      uid,
      deviceId,
      tokenKind,
      token,
      platform,
      lane,
      badge: null,
      device,
      recipient,
      attempts,
      ambiguousAttempts,
      probe,
    };
    this.#tally.show(planned, notification);
    const conversation = notification.kind === 'alert' ? this.#tally.spokenOf : null;
    if (conversation === null) return this.#group(route, notification, planned);
    const group = (unread: number): void =>
      this.#group(route, unread > 1 ? words(unread) : notification, planned);
    this.#tally.groupLater({ planned, conversation, group });
  }

  /** There are a few at most, and mostly one: a list is searched faster than maps are made. */
  #group(route: RouteState, notification: Notification, planned: PlannedDelivery): void {
    for (const group of this.groups)
      if (group.notification === notification && group.route === route) {
        group.planned.push(planned);
        return;
      }
    this.groups.push({ route, notification, planned: [planned] });
  }
}

function isSame(one: Names, other: Names): boolean {
  return (
    one.member === other.member &&
    one.sender === other.sender &&
    one.avatarUrl === other.avatarUrl &&
    one.channel === other.channel
  );
}

function conversationKey(message: Message): string {
  return `${message.channelType}:${conversationId(message)}`;
}

const firstAttempt = { attempts: 0, ambiguousAttempts: 0, probe: 'none' } as const;
