import { encodeBody, type WorkBody } from '../domain/body';
import type { Message } from '../domain/message';
import { Rests } from '../domain/rests';
import type { PresenceChange } from '../domain/work';
import type { WebhookEvents } from '../observability/webhook-events';
import type { WebhookEventLabel } from '../observability/webhook-labels';
import type { EventMarks, Inbox, InboxEvent } from '../store/ports/inbox';
import type { BodyIds } from './body-ids';
import { broken } from './decode-failure';
import type { DecodeFailure } from './decode-failure';
import { decodeNotify } from './decode-notify';
import { decodeOffline } from './decode-offline';
import type { OfflineEvent, OfflineLimits } from './decode-offline';
import { decodeOnlineStatus } from './decode-online-status';
import { OneByOne } from './one-by-one';

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
/** Decoded, these take tens of megabytes each, and a single thread handles them no sooner side by side. */
const largeBytes = 256 * 1024;
/** Of 500 recipients each: some 250 KB. */
const groupsAtOnce = 16;

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
  private readonly largeOnes = new OneByOne();
  private readonly rests = new Rests();
  private readonly limits: OfflineLimits;

  constructor(
    private readonly options: IntakeOptions,
    private readonly ports: IntakePorts,
  ) {
    const { entryMaxRecipients: groupSize, maxInflatedBytes } = options;
    this.limits = { groupSize, maxInflatedBytes, rests: this.rests };
  }

  accept(event: ReceivedEvent): Promise<IntakeResult> {
    switch (event.label) {
      case 'msg.offline':
        return this.acceptOffline(event);
      case 'user.onlinestatus':
        return this.acceptOnlineStatus(event);
      case 'msg.notify':
        return new Promise((resolve) => resolve(this.acceptNotify(event)));
      case 'unknown':
        this.ports.events.eventIgnored({
          requestId: event.requestId,
          name: (event.name ?? '').slice(0, maxLoggedNameLength),
        });
        return Promise.resolve<IntakeResult>({ kind: 'ignored' });
      case 'none':
        return Promise.resolve(invalid(broken('event', '$', 'an event name in the URL: ?event=NAME')));
      default:
        return event.label satisfies never;
    }
  }

  private acceptOffline(event: ReceivedEvent): Promise<IntakeResult> {
    const keep = () => this.keepOffline(event);
    return event.bytes.length > largeBytes ? this.largeOnes.run(keep) : keep();
  }

  private async keepOffline(event: ReceivedEvent): Promise<IntakeResult> {
    const decoding = decodeOffline(event.bytes, event.receivedAtMs, this.limits);
    const offline = decoding instanceof Promise ? await decoding : decoding;
    if (!offline.ok) return invalid(offline);
    const { message, recipients, loss } = offline.value;
    if (recipients.count > 0) {
      const lane = recipients.count <= this.options.directLaneMax ? 'direct' : 'bulk';
      if (lane === 'direct') this.rests.seen();
      const [uids] = recipients.groups;
      const marks = lane === 'direct' && uids !== undefined ? this.ports.marksOf?.(message, uids) : undefined;
      const body: WorkBody = { kind: 'message', message };
      const bodyId = this.ports.ids.next();
      this.ports.handOver?.(bodyId, body);
      const work: InboxEvent = {
        bodyId,
        lane,
        receivedAtMs: event.receivedAtMs,
        body: encodeBody(body),
        recipients: recipients.groups,
        marks,
      };
      await (recipients.groups.length <= groupsAtOnce
        ? this.ports.inbox.append(work)
        : this.appendInPortions(work));
    }
    this.tellLosses(event.requestId, offline.value);
    if (loss !== null) return { kind: 'salvaged' };
    return { kind: recipients.count > 0 ? 'accepted' : 'empty' };
  }

  /** The recipients of a large event in portions, so that what comes meanwhile for few need not wait for all of them. */
  private async appendInPortions(event: InboxEvent): Promise<void> {
    const { recipients } = event;
    for (let from = 0; from < recipients.length; from += groupsAtOnce) {
      if (from > 0) await this.rests.rest();
      const portion = recipients.slice(from, from + groupsAtOnce);
      // Marks are for the recipients of a single group.
      await this.ports.inbox.append({ ...event, recipients: portion, marks: undefined });
    }
  }

  private tellLosses(requestId: string, { message, recipients, loss, odd }: OfflineEvent): void {
    const { events } = this.ports;
    const { messageId } = message;
    if (odd !== null) events.fieldsLeftOut({ requestId, messageId, fields: odd });
    if (loss !== null)
      events.recipientsLost({ requestId, cause: loss, messageId, salvaged: recipients.count });
    if (recipients.unaddressable > 0)
      events.recipientsUnaddressable({ requestId, messageId, count: recipients.unaddressable });
  }

  private async acceptOnlineStatus(event: ReceivedEvent): Promise<IntakeResult> {
    const status = await decodeOnlineStatus(event.bytes);
    if (!status.ok) return invalid(status);
    const { changes, malformed } = status.value;
    if (changes.length > 0) await this.ports.presence.apply(changes);
    this.ports.events.presenceChanged({ requestId: event.requestId, applied: changes.length, malformed });
    return { kind: changes.length > 0 ? 'accepted' : 'empty' };
  }

  private acceptNotify(event: ReceivedEvent): IntakeResult {
    const count = decodeNotify(event.bytes, event.receivedAtMs);
    if (!count.ok) return invalid(count);
    this.ports.events.messagesNotified(count.value);
    return { kind: 'counted' };
  }
}

function invalid(result: { readonly failure: DecodeFailure }): IntakeResult {
  return { kind: 'invalid', failure: result.failure };
}
