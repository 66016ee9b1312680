import type { WorkBody } from '../../domain/body';
import type { Message } from '../../domain/message';
import { decodeBody } from '../../domain/body';
import type { MessageOrigin } from '../../domain/journey';
import type { Notification } from '../../domain/notification';
import type { MessageContent, MessageReader } from '../../content/message-content';
import type { Call } from '../../content/calls/render-call';
import { callOf } from './call-of-event';
import { deadlineMs, providerExpiryMs, type LifeOptions } from './expiry';

/** Who speaks and where; null is what nobody said. */
export interface Names {
  /** What the sender is called in the group. */
  readonly member: string | null;
  /** Of the sender's profile. */
  readonly sender: string | null;
  /** https. */
  readonly avatarUrl: string | null;
  readonly channel: string | null;
}

/** One event's body, read once, with what is derived from it for all of its recipients. */
export interface DecodedEvent {
  readonly bodyId: string;
  readonly bytes: Buffer;
  readonly body: WorkBody;
  /** Null for what the app server itself brings: a push of its own, a call. */
  content: MessageContent | null;
  /** Null for what is no call. */
  readonly call: Call | null;
  readonly receivedAtMs: number;
  readonly deadlineMs: number;
  readonly providerExpiresAtMs: number | null;
  /** By render key; few, so a list is searched faster than a map is made. */
  readonly notifications: { readonly key: string; readonly notification: Notification }[];
  names: Promise<Names> | null;
  /** Null: not asked for yet. */
  origin: MessageOrigin | null;
}

/**
 * The events read last: the 200 entries of a large group share one. Bounded, least recently read leaves.
 * Beside them bodies that the webhook of this process has just decoded, until they are read: they need not be decoded again.
 */
export class DecodedEvents {
  readonly #byBodyId = new Map<string, DecodedEvent>();
  readonly #handedOver = new Map<string, WorkBody>();
  readonly #options: LifeOptions;

  readonly #reader: MessageReader;

  constructor(options: LifeOptions, reader: MessageReader) {
    this.#options = options;
    this.#reader = reader;
  }

  /** `body` is what the event of that id is about to be stored with. */
  handOver(bodyId: string, body: WorkBody): void {
    if (body.kind !== 'message' || body.message.payload.length > handedOverPayloadLength) return;
    if (this.#handedOver.size >= bodiesHandedOver) this.#handedOver.clear();
    this.#handedOver.set(bodyId, body);
  }

  /** Whether the message invites to a call. */
  rings(message: Message): boolean {
    return this.#reader.read(message).callInvite !== null;
  }

  /** For an event of several entries, or what waited in the store. Throws SyntaxError on a body that cannot be read. */
  read(bodyId: string, bytes: Buffer, receivedAtMs: number): DecodedEvent {
    const known = this.#byBodyId.get(bodyId);
    if (known !== undefined) {
      this.#byBodyId.delete(bodyId);
      this.#byBodyId.set(bodyId, known);
      return known;
    }
    const event = this.readOnce(bodyId, bytes, receivedAtMs);
    this.#byBodyId.set(bodyId, event);
    if (this.#byBodyId.size > eventsKept) this.#byBodyId.delete(this.#byBodyId.keys().next().value ?? '');
    return event;
  }

  /** For an event that is a single entry: it is not kept. Throws SyntaxError on a body that cannot be read. */
  readOnce(bodyId: string, bytes: Buffer, receivedAtMs: number): DecodedEvent {
    const handedOver = this.#handedOver.get(bodyId);
    if (handedOver !== undefined) this.#handedOver.delete(bodyId);
    const decoded = handedOver ?? decodeBody(bytes);
    const content = decoded.kind === 'message' ? this.#reader.read(decoded.message) : null;
    const body = asOfSender(decoded, content);
    const call = callOf(body, content, receivedAtMs, this.#options.callTtlMs);
    const life = { body, call, receivedAtMs };
    return {
      bodyId,
      bytes,
      body,
      content,
      call,
      receivedAtMs,
      deadlineMs: deadlineMs(life, this.#options.maxAgeMs),
      providerExpiresAtMs: providerExpiryMs(life, this.#options.ttlMs),
      notifications: [],
      names: null,
      origin: null,
    };
  }
}

/** A recall that the server tells of is the sender's, whose notification it replaces: same conversation, same name. */
function asOfSender(body: WorkBody, content: MessageContent | null): WorkBody {
  const fromUid = content?.recall?.fromUid;
  if (body.kind !== 'message' || fromUid === undefined || fromUid === body.message.fromUid) return body;
  return { ...body, message: { ...body.message, fromUid } };
}

const eventsKept = 64;
const bodiesHandedOver = 4_096;
/** Base64: what is larger is decoded again, so that what is kept stays small. */
const handedOverPayloadLength = 4_096;

/** The id that deliveries, marks and answers call the event by. */
export function messageIdOf({ body }: Pick<DecodedEvent, 'body'>): string {
  switch (body.kind) {
    case 'message':
      return body.message.messageId;
    case 'push':
      return body.push.id;
    case 'call':
      return body.call.id;
    default:
      return body;
  }
}
