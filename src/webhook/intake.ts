import { encodeBody, type WorkBody } from '../domain/body';
import type { Message } from '../domain/message';
import { Rests } from '../runtime/rests';
import type { PresenceChange } from '../domain/presence';
import type { WebhookEvents } from '../observability/webhook-events';
import type { WebhookEventLabel } from '../observability/webhook-labels';
import type { EventMarks, Inbox, InboxEvent } from '../store/ports/inbox';
import type { BodyIds } from './body-ids';
import { broken } from './decode/decode-failure';
import type { DecodeFailure } from './decode/decode-failure';
import { decodeNotify } from './decode/decode-notify';
import { decodeOffline } from './decode/decode-offline';
import type { OfflineEvent, OfflineLimits } from './decode/decode-offline';
import { decodeOnlineStatus } from './decode/decode-online-status';
import { OneByOne } from './one-by-one';
import { FewRecipients, type ManyRecipients } from './decode/recipients';
import { smallBytes } from './decode/small-json';

export interface IntakeOptions {
  /** The most recipients that still go by the direct lane. */
  readonly directLaneMax: number;
  readonly entryMaxRecipients: number;
  readonly maxInflatedBytes: number;
}

export interface IntakePorts {
  readonly inbox: Pick<Inbox, 'append'>;
  readonly presence: { apply(changes: readonly PresenceChange[]): Promise<void> };
  readonly events: WebhookEvents;
  readonly ids: BodyIds;
  /** What an event for few is known by, for a store that takes the marks when it stores the event. */
  readonly marksOf?: ((message: Message, uids: readonly string[]) => EventMarks) | undefined;
  /** Who works it off in this process, and then need not decode it again. */
  readonly handOver?: ((bodyId: string, body: WorkBody) => void) | undefined;
}

export interface ReceivedEvent {
  readonly requestId: string;
  readonly label: WebhookEventLabel;
  readonly name: string | null;
  readonly receivedAtMs: number;
  readonly bytes: Buffer;
}

export type IntakeResult =
  | { readonly kind: 'accepted' | 'salvaged' | 'empty' | 'counted' | 'ignored' }
  | { readonly kind: 'invalid'; readonly failure: DecodeFailure };

const maxLoggedNameLength = 64;

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
  readonly #rests = new Rests();
  readonly #limits: Omit<OfflineLimits, 'mayBeHeavy'>;

  constructor(
    private readonly options: IntakeOptions,
    private readonly ports: IntakePorts,
  ) {
    const { entryMaxRecipients: groupSize, maxInflatedBytes } = options;
    this.#limits = { groupSize, maxInflatedBytes, rests: this.#rests };
  }

  accept(event: ReceivedEvent): Promise<IntakeResult> {
    const { label } = event;
    switch (label) {
      case 'msg.offline':
      case 'user.onlinestatus':
      case 'msg.notify': {
        const isLarge = event.bytes.length > smallBytes;
        const keep = () => this.#keep(event, label, isLarge);
        return isLarge ? this.#large[label].run(keep) : keep();
      }
      case 'unknown':
        this.ports.events.eventIgnored({
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
    const decoding = decodeOffline(event.bytes, event.receivedAtMs, { ...this.#limits, mayBeHeavy: isAlone });
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
      await this.#rests.rest();
      groups = await recipients.next();
      // Marks are for the recipients of a single group.
      if (groups.length > 0) await this.ports.inbox.append({ ...work, recipients: groups, marks: undefined });
    }
  }

  /** `count`: of all recipients of the event. */
  async #append(
    event: ReceivedEvent,
    message: Message,
    groups: readonly (readonly string[])[],
    count: number,
  ): Promise<InboxEvent> {
    const lane = count <= this.options.directLaneMax ? 'direct' : 'bulk';
    if (lane === 'direct') this.#rests.seen();
    const [uids] = groups;
    const marks = lane === 'direct' && uids !== undefined ? this.ports.marksOf?.(message, uids) : undefined;
    const body: WorkBody = { kind: 'message', message };
    const bodyId = this.ports.ids.next();
    this.ports.handOver?.(bodyId, body);
    const work: InboxEvent = {
      bodyId,
      lane,
      receivedAtMs: event.receivedAtMs,
      body: encodeBody(body),
      recipients: groups,
      marks,
    };
    await this.ports.inbox.append(work);
    return work;
  }

  #tellLosses(requestId: string, { message, recipients, loss, odd }: OfflineEvent): void {
    const { events } = this.ports;
    const { messageId } = message;
    if (odd !== null) events.fieldsLeftOut({ requestId, messageId, fields: odd });
    if (loss !== null)
      events.recipientsLost({ requestId, cause: loss, messageId, salvaged: recipients.count });
    if (recipients.unaddressable > 0)
      events.recipientsUnaddressable({ requestId, messageId, count: recipients.unaddressable });
  }

  async #keepOnlineStatus({ requestId, bytes }: ReceivedEvent): Promise<IntakeResult> {
    const attempt = decodeOnlineStatus(bytes, this.#rests);
    const decoding = attempt instanceof Promise ? await attempt : attempt;
    if (!decoding.ok) return invalid(decoding);
    const statuses = decoding.value;
    for (let changes = statuses.next(); changes !== null; changes = statuses.next()) {
      if (changes.length > 0) await this.ports.presence.apply(changes);
      if (statuses.isLong) await this.#rests.rest();
    }
    const { applied, malformed } = statuses;
    if (applied === 0 && malformed > 0)
      return invalid(broken('type', '$[0]', 'uid-flag-online-connection-count-total'));
    this.ports.events.presenceChanged({ requestId, applied, malformed });
    return { kind: applied > 0 ? 'accepted' : 'empty' };
  }

  async #countNotified({ requestId, bytes, receivedAtMs }: ReceivedEvent): Promise<IntakeResult> {
    const attempt = decodeNotify(bytes, receivedAtMs, this.#rests);
    const decoding = attempt instanceof Promise ? await attempt : attempt;
    if (!decoding.ok) return invalid(decoding);
    const { count, malformed, failure } = decoding.value;
    this.ports.events.messagesNotified({ requestId, count, malformed, path: failure?.path ?? null });
    return { kind: 'counted' };
  }
}

function invalid(result: { readonly failure: DecodeFailure }): IntakeResult {
  return { kind: 'invalid', failure: result.failure };
}
