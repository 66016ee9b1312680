import { encodeBody, type MessageBody } from '../domain/body';
import type { Journey, JourneyStep } from '../domain/journey';
import { entryMaxRecipients } from '../domain/inbox-entry';
import { laneFor } from '../domain/lane';
import type { Message } from '../domain/message';
import type { BodyShare } from '../http/body-pool';
import { Slice } from '../runtime/slice';
import type { PresenceChange } from '../domain/presence';
import type { Span } from '../observability/spans/spans';
import type { WebhookEvents } from '../observability/webhook-events';
import type { WebhookEventLabel } from '../observability/webhook-labels';
import type { Inbox, InboxEvent } from '../store/ports/inbox';
import type { DeliveryPort } from './delivery-port';
import { broken } from './decode/decode-failure';
import type { DecodeFailure } from './decode/decode-failure';
import { decodeNotify } from './decode/decode-notify';
import { decodeOffline } from './decode/decode-offline';
import type { OfflineEvent, OfflineLimits } from './decode/decode-offline';
import { decodeOnlineStatus } from './decode/decode-online-status';
import { maxInflatedBytes } from './decode/inflate';
import { OneByOne } from './one-by-one';
import { FewRecipients, type ManyRecipients } from './decode/recipients';
import { smallBytes } from './decode/small-json';

export interface IntakeOptions {
  /** The most recipients that still go by the direct lane. */
  readonly directLaneMax: number;
}

export interface IntakePorts {
  readonly inbox: Pick<Inbox, 'append'>;
  readonly presence: { apply(changes: readonly PresenceChange[]): Promise<void> };
  readonly events: WebhookEvents;
  readonly makeId: () => string;
  readonly delivery: DeliveryPort;
  readonly journey: Journey;
}

export interface ReceivedEvent {
  readonly requestId: string;
  readonly label: WebhookEventLabel;
  readonly name: string | null;
  readonly receivedAtMs: number;
  readonly bytes: Buffer;
  /** Of `bytes` in the memory of all bodies. */
  readonly share: Pick<BodyShare, 'release'>;
  /** Absent: nobody collects them. */
  readonly span?: Span;
}

export type IntakeResult =
  | { readonly kind: 'accepted' | 'salvaged' | 'empty' | 'counted' | 'ignored' }
  | { readonly kind: 'invalid'; readonly failure: DecodeFailure };

const maxLoggedNameLength = 64;
const limits: OfflineLimits = { maxInflatedBytes, mayBeHeavy: false };
/** For an event that is decoded alone: it may take much memory. */
const limitsAlone: OfflineLimits = { ...limits, mayBeHeavy: true };

export function eventLabel(name: string | null): WebhookEventLabel {
  switch (name) {
    case null:
      return 'none';
    case 'msg.offline':
    case 'user.onlinestatus':
    case 'msg.notify':
      return name;
    default:
      return 'unknown';
  }
}

/** Decodes an event and makes durable what it says. Every method rejects with StoreUnavailableError. */
export class Intake {
  /**
   * Those of each event, so that none of them waits for another kind. A single thread handles these no sooner side by side, and
   * one at a time needs less memory.
   */
  readonly #large = {
    'msg.offline': new OneByOne(),
    'user.onlinestatus': new OneByOne(),
    'msg.notify': new OneByOne(),
  };
  readonly #options: IntakeOptions;
  readonly #ports: IntakePorts;

  constructor(options: IntakeOptions, ports: IntakePorts) {
    this.#options = options;
    this.#ports = ports;
  }

  accept(event: ReceivedEvent): Promise<IntakeResult> {
    const { label } = event;
    switch (label) {
      case 'msg.offline':
      case 'user.onlinestatus':
      case 'msg.notify': {
        if (event.bytes.length <= smallBytes) return this.#keep(event, label, false);
        return this.#large[label].run(() => this.#keep(event, label, true));
      }
      case 'unknown':
        this.#ports.events.eventIgnored({
          requestId: event.requestId,
          name: (event.name ?? '').slice(0, maxLoggedNameLength),
        });
        return Promise.resolve<IntakeResult>({ kind: 'ignored' });
      case 'none':
        return Promise.resolve(invalid(broken('event', '$', 'an event name in the URL: ?event=NAME')));
      default:
        return label satisfies never;
    }
  }

  #keep(
    event: ReceivedEvent,
    label: 'msg.offline' | 'user.onlinestatus' | 'msg.notify',
    isAlone: boolean,
  ): Promise<IntakeResult> {
    if (label === 'msg.offline') return this.#keepOffline(event, isAlone);
    return label === 'msg.notify' ? this.#countNotified(event) : this.#keepOnlineStatus(event);
  }

  /** `isAlone`: no other event is decoded that takes much memory. */
  async #keepOffline(event: ReceivedEvent, isAlone: boolean): Promise<IntakeResult> {
    const decoding = decodeOffline(event.bytes, event.receivedAtMs, isAlone ? limitsAlone : limits);
    const offline = decoding instanceof Promise ? await decoding : decoding;
    if (offline === 'heavy') return this.#large['msg.offline'].run(() => this.#keepOffline(event, true));
    if (!offline.ok) return invalid(offline);
    const { recipients, message, loss } = offline.value;
    if (recipients instanceof FewRecipients) {
      if (recipients.count > 0) await this.#append(event, message, recipients.groups, recipients.count);
    } else await this.#appendMany(event, message, recipients);
    this.#tellLosses(event.requestId, offline.value);
    if (loss !== null) return { kind: 'salvaged' };
    return { kind: recipients.count > 0 ? 'accepted' : 'empty' };
  }

  /** In portions, so that what comes meanwhile for few need not wait for all of them. */
  async #appendMany(event: ReceivedEvent, message: Message, recipients: ManyRecipients): Promise<void> {
    let groups = await recipients.next();
    if (groups.length === 0) return;
    const work = await this.#append(event, message, groups, recipients.isDone ? recipients.count : Infinity);
    while (!recipients.isDone) {
      groups = await recipients.next();
      // Marks are for the recipients of a single group.
      if (groups.length > 0)
        await this.#ports.inbox.append({ ...work, recipients: groups, marks: undefined });
    }
    // The first portion has told of itself only.
    event.span?.set({ 'relay.recipients': recipients.count });
  }

  /** `count`: of all recipients of the event. */
  async #append(
    event: ReceivedEvent,
    message: Message,
    groups: readonly (readonly string[])[],
    count: number,
  ): Promise<InboxEvent> {
    const { directLaneMax } = this.#options;
    const isForMany = laneFor(count, directLaneMax) === 'bulk';
    const lane = isForMany && !this.#ports.delivery.rings(message) ? 'bulk' : 'direct';
    const bodyId = this.#ports.makeId();
    const known = Number.isFinite(count) ? count : groups.reduce((sum, group) => sum + group.length, 0);
    const { span } = event;
    span?.set({ 'messaging.message.id': message.messageId, 'relay.recipients': known });
    // Field by field: V8 takes microseconds for what stands behind a spread.
    const content: MessageBody = {
      kind: 'message',
      message,
      recipients: known > entryMaxRecipients ? known : undefined,
      trace: span?.traceparent,
    };
    const uids = isForMany ? null : (groups[0] ?? null);
    const work: InboxEvent = {
      bodyId,
      lane,
      receivedAtMs: event.receivedAtMs,
      body: encodeBody(content),
      recipients: groups,
      marks: this.#ports.delivery.announce(bodyId, content, uids),
    };
    await this.#ports.inbox.append(work);
    const { journey } = this.#ports;
    if (journey.isFollowed) journey.tell(received(message, event, known, uids));
    return work;
  }

  #tellLosses(requestId: string, { message, recipients, loss, odd }: OfflineEvent): void {
    const { events } = this.#ports;
    const { messageId } = message;
    if (odd !== null) events.fieldsLeftOut({ requestId, messageId, fields: odd });
    if (loss !== null)
      events.recipientsLost({ requestId, cause: loss, messageId, salvaged: recipients.count });
    if (recipients.unaddressable > 0)
      events.recipientsUnaddressable({ requestId, messageId, count: recipients.unaddressable });
  }

  async #keepOnlineStatus({ requestId, bytes }: ReceivedEvent): Promise<IntakeResult> {
    const attempt = decodeOnlineStatus(bytes);
    const decoding = attempt instanceof Promise ? await attempt : attempt;
    if (!decoding.ok) return invalid(decoding);
    const statuses = decoding.value;
    const slice = new Slice();
    for (let changes = statuses.next(); changes !== null; changes = statuses.next()) {
      if (changes.length > 0) await this.#ports.presence.apply(changes);
      if (slice.isOver) await slice.rest();
    }
    const { applied, malformed } = statuses;
    if (applied === 0 && malformed > 0)
      return invalid(broken('type', '$[0]', 'uid-flag-online-connection-count-total'));
    this.#ports.events.presenceChanged({ requestId, applied, malformed });
    return { kind: applied > 0 ? 'accepted' : 'empty' };
  }

  async #countNotified({ requestId, bytes, receivedAtMs }: ReceivedEvent): Promise<IntakeResult> {
    const attempt = decodeNotify(bytes, receivedAtMs);
    const decoding = attempt instanceof Promise ? await attempt : attempt;
    if (!decoding.ok) return invalid(decoding);
    const { count, malformed, failure } = decoding.value;
    this.#ports.events.messagesNotified({ requestId, count, malformed, path: failure?.path ?? null });
    return { kind: 'counted' };
  }
}

/** By all its recipients: what becomes of each is told when they are looked up. `uids`: null where they are many. */
function received(
  { messageId, fromUid, channelId, channelType }: Message,
  { receivedAtMs }: ReceivedEvent,
  recipients: number,
  uids: readonly string[] | null,
): JourneyStep {
  return {
    messageId,
    receivedAtMs,
    origin: { source: 'webhook', fromUid, channelId, channelType, recipients },
    uid: null,
    uids,
    deviceId: null,
    step: 'received',
    reason: null,
    atMs: receivedAtMs,
  };
}

function invalid(result: { readonly failure: DecodeFailure }): IntakeResult {
  return { kind: 'invalid', failure: result.failure };
}
