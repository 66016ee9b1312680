import type { WorkBody } from '../domain/body';
import { decodeBody } from '../domain/body';
import type { Notification } from '../domain/notification';
import { parseMessage, type MessageContent } from '../content/message-content';
import { deadlineMs, providerExpiryMs } from './expiry';
import type { DeliveryOptions } from './options';

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
  /** By render key. */
  readonly notifications: Map<string, Notification>;
  names: Promise<Names> | null;
}

/** The works read last: the 200 entries of a large group share one. Bounded, least recently read leaves. */
export class Works {
  readonly #byBodyId = new Map<string, Work>();

  constructor(private readonly options: Pick<DeliveryOptions, 'maxAgeMs' | 'ttlMs'>) {}

  /** Throws SyntaxError on a body that cannot be read. */
  read(bodyId: string, bytes: Buffer, receivedAtMs: number): Work {
    const known = this.#byBodyId.get(bodyId);
    if (known !== undefined) {
      this.#byBodyId.delete(bodyId);
      this.#byBodyId.set(bodyId, known);
      return known;
    }
    const body = decodeBody(bytes);
    const work: Work = {
      bodyId,
      bytes,
      body,
      content: body.kind === 'message' ? parseMessage(body.message) : null,
      receivedAtMs,
      deadlineMs: deadlineMs(body, receivedAtMs, this.options.maxAgeMs),
      providerExpiresAtMs: providerExpiryMs(body, receivedAtMs, this.options.ttlMs),
      notifications: new Map(),
      names: null,
    };
    this.#byBodyId.set(bodyId, work);
    if (this.#byBodyId.size > worksKept) this.#byBodyId.delete(this.#byBodyId.keys().next().value ?? '');
    return work;
  }
}

const worksKept = 64;

/** The id that deliveries, marks and answers call the work by. */
export function workId(work: Work): string {
  return work.body.kind === 'message' ? work.body.message.messageId : work.body.push.id;
}
