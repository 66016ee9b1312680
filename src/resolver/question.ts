import type { Message } from '../domain/message';
import type { Conversation } from '../domain/people';

/** What is to be known of one event. */
export interface ResolverQuestion {
  /** Null: it is no chat message. */
  readonly message: Message | null;
  /** Who speaks, or calls; null: nobody. */
  readonly fromUid: string | null;
  /** Where it is, as its readers open it; null: nowhere. */
  readonly conversation: Conversation | null;
  readonly readers: readonly string[];
}

/** What is asked in one call: at most 100 names of each kind. */
export class ResolverCall {
  readonly uids = new Set<string>();
  readonly channels = new Map<string, { readonly channel_type: number; readonly channel_id: string }>();
  readonly readers = new Set<string>();
  /** Of all that it is about; null: of several. */
  #message: Message | null | undefined;

  /** Whether another name of any kind finds room. */
  get isFull(): boolean {
    return Math.max(this.uids.size, this.channels.size, this.readers.size) >= namesACall;
  }

  about(message: Message | null): void {
    if (this.#message === undefined) this.#message = message;
    else if (this.#message !== message) this.#message = null;
  }

  isAbout(message: Message | null): boolean {
    return this.#message === undefined || this.#message === message;
  }

  toBody(includePayload: boolean): object {
    const message = this.#message ?? null;
    return {
      uids: [...this.uids],
      channels: [...this.channels.values()],
      readers: [...this.readers],
      ...(message === null ? {} : { message: messageFields(message) }),
      ...(message === null || !includePayload ? {} : { payload: message.payload }),
    };
  }
}

const namesACall = 100;

function messageFields(message: Message): object {
  return {
    message_id: message.messageId,
    message_seq: message.messageSeq,
    client_msg_no: message.clientMsgNo,
    from_uid: message.fromUid,
    channel_id: message.channelId,
    channel_type: message.channelType,
    timestamp: message.timestampSeconds,
  };
}
