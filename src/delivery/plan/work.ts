import type { WorkBody } from '../../domain/body';
import { decodeBody } from '../../domain/body';
import type { Notification } from '../../domain/notification';
import { PassingMap } from '../../runtime/passing-map';
import { parseMessage, type MessageContent } from '../../content/message-content';
import { deadlineMs, providerExpiryMs } from './expiry';
import type { DeliveryOptions } from '../options';

export interface Names {
  readonly sender: string | null;
  readonly channel: string | null;
}

/** One event's body, read once, with what is derived from it for all of its recipients. */
export interface Work {
  readonly bodyId: string;
  readonly bytes: Buffer;
  readonly body: WorkBody;
  /** Null for a push of the app server's own. */
  readonly content: MessageContent | null;
  readonly receivedAtMs: number;
  readonly deadlineMs: number;
  readonly providerExpiresAtMs: number | null;
  /** By render key; few, so a list is searched faster than a map is made. */
  readonly notifications: { readonly key: string; readonly notification: Notification }[];
  names: Promise<Names> | null;
}

/**
 * The works read last: the 200 entries of a large group share one. Bounded, least recently read leaves.
 * Beside them bodies that the webhook of this process has just decoded, until they are read: they need not be decoded again.
 */
export class Works {
  readonly #byBodyId = new PassingMap<string, Work>();
  readonly #handedOver = new PassingMap<string, WorkBody>();

  constructor(private readonly options: Pick<DeliveryOptions, 'maxAgeMs' | 'ttlMs'>) {}

  /** `body` is what the event of that id is about to be stored with. */
  handOver(bodyId: string, body: WorkBody): void {
    if (body.kind !== 'message' || body.message.payload.length > handedOverPayloadLength) return;
    if (this.#handedOver.size >= bodiesHandedOver) this.#handedOver.clear();
    this.#handedOver.set(bodyId, body);
  }

  /** For an event of several entries, or what waited in the store. Throws SyntaxError on a body that cannot be read. */
  read(bodyId: string, bytes: Buffer, receivedAtMs: number): Work {
    const known = this.#byBodyId.get(bodyId);
    if (known !== undefined) {
      this.#byBodyId.delete(bodyId);
      this.#byBodyId.set(bodyId, known);
      return known;
    }
    const work = this.readOnce(bodyId, bytes, receivedAtMs);
    this.#byBodyId.set(bodyId, work);
    if (this.#byBodyId.size > worksKept) this.#byBodyId.delete(this.#byBodyId.firstKey() ?? '');
    return work;
  }

  /** For an event that is a single entry: it is not kept. Throws SyntaxError on a body that cannot be read. */
  readOnce(bodyId: string, bytes: Buffer, receivedAtMs: number): Work {
    const handedOver = this.#handedOver.get(bodyId);
    if (handedOver !== undefined) this.#handedOver.delete(bodyId);
    const body = handedOver ?? decodeBody(bytes);
    return {
      bodyId,
      bytes,
      body,
      content: body.kind === 'message' ? parseMessage(body.message) : null,
      receivedAtMs,
      deadlineMs: deadlineMs(body, receivedAtMs, this.options.maxAgeMs),
      providerExpiresAtMs: providerExpiryMs(body, receivedAtMs, this.options.ttlMs),
      notifications: [],
      names: null,
    };
  }
}

const worksKept = 64;
const bodiesHandedOver = 4_096;
/** Base64: what is larger is decoded again, so that what is kept stays small. */
const handedOverPayloadLength = 4_096;

/** The id that deliveries, marks and answers call the work by. */
export function workId(work: Work): string {
  return work.body.kind === 'message' ? work.body.message.messageId : work.body.push.id;
}
