import { hash } from 'node:crypto';
import { channelTypes, conversationId, type Message } from '../../domain/message';
import type { RecipientResult } from '../../domain/recipient-result';
import type { SharedState } from '../../store/ports/shared-state';
import type { DecodedEvent } from './decoded-event';

export interface RecallContext {
  readonly sharedState: Pick<SharedState, 'get' | 'getMany' | 'set' | 'setIfAbsent'>;
  readonly options: { readonly dedupWindowMs: number; readonly maxAgeMs: number };
}

/**
 * Which messages were taken back, in what all replicas share.
 *
 * A recall is believed only from the message's own conversation, of the sender (or of the server, which names the sender). Ids of
 * messages between two are known to them alone. That of a group message is known to members who could use it elsewhere, so
 * the relay remembers, as long as duplicates, which group it belongs to.
 */
export class Recalls {
  readonly #context: RecallContext;

  constructor(context: RecallContext) {
    this.#context = context;
  }

  /** Nobody waits for it: a recall that comes before it is written finds no such message, and is kept for it. */
  remember({ body, content }: DecodedEvent): void {
    if (body.kind !== 'message' || content === null || content.command !== null) return;
    const { message } = body;
    if (message.channelType === channelTypes.person) return;
    const { sharedState, options } = this.#context;
    sharedState
      .set(messageKey(message.messageId), placeOf(message, message.fromUid), options.dedupWindowMs)
      .catch(() => {});
  }

  /**
   * Whether phones are told of this recall; whoever is told of it twice is told once. Rejects with StoreUnavailableError. Null: it
   * is none.
   */
  async judge({ body, content }: DecodedEvent): Promise<'send' | RecipientResult | null> {
    const recall = content?.recall ?? null;
    if (body.kind !== 'message' || recall === null) return null;
    const { message } = body;
    const { sharedState, options } = this.#context;
    const place = placeOf(message, recall.fromUid);
    const known = await sharedState.get(messageKey(recall.messageId));
    if (known !== null && known !== place) return 'command';
    const value = `${place}|${message.messageId}`;
    const first = await sharedState.setIfAbsent(recallKey(recall.messageId), value, options.maxAgeMs);
    if (first !== null && first !== value) return 'duplicate';
    // A group message that nobody has seen: it is not pushed when it comes, and there is nothing to replace.
    return known === null && message.channelType !== channelTypes.person ? 'command' : 'send';
  }

  /** For each event, whether it was taken back. Rejects with StoreUnavailableError. */
  async of(events: readonly DecodedEvent[]): Promise<readonly boolean[]> {
    const messages = events.map(({ body, content }) =>
      body.kind === 'message' && content?.recall === null ? body.message : null,
    );
    const asked = messages.filter((message) => message !== null);
    if (asked.length === 0) return messages.map(() => false);
    const found = await this.#context.sharedState.getMany(asked.map(({ messageId }) => recallKey(messageId)));
    let at = 0;
    return messages.map((message) => {
      const value = message === null ? null : (found[at++] ?? null);
      return message !== null && value !== null && value.startsWith(`${placeOf(message, message.fromUid)}|`);
    });
  }
}

function messageKey(messageId: string): string {
  return `seen:${messageId}`;
}

function recallKey(messageId: string): string {
  return `recall:${messageId}`;
}

/** Conversation and sender. Lengths stand before the parts, because ids may hold any separator that one could choose. */
function placeOf(message: Message, fromUid: string): string {
  const isPerson = message.channelType === channelTypes.person;
  const channelId = isPerson ? fromUid : conversationId(message);
  const text = `${message.channelType}:${channelId.length}:${channelId}${fromUid}`;
  return hash('sha1', text, 'base64url');
}
