import { hash } from 'node:crypto';
import type { Collapse } from '../../content/collapse-id';
import { channelTypes, conversationChannel, conversationId, type Message } from '../../domain/message';
import type { MessageContent } from '../../content/message-content';
import type { SharedState } from '../../store/ports/shared-state';
import type { Verdict } from '../rules/rule';
import type { DecodedEvent } from './decoded-event';

export interface RecallContext {
  readonly sharedState: Pick<SharedState, 'get' | 'getMany' | 'set' | 'setIfAbsent'>;
  readonly options: { readonly dedupWindowMs: number; readonly maxAgeMs: number };
  /** Absent: message. */
  readonly collapse?: Collapse;
}

/**
 * - current: phones are told of it.
 * - recalled: it was taken back.
 * - overtaken: it takes back what no phone shows any more, because the notification of a newer message has replaced it.
 */
export type Standing = 'current' | 'recalled' | 'overtaken';

/**
 * Which messages were taken back, in what all replicas share.
 *
 * A recall is believed only from the message's own conversation, of the sender (or of the server, which names the sender). Ids of
 * messages between two are known to them alone. That of a group message is known to members who could use it elsewhere, so
 * the relay remembers, as long as duplicates, which group it belongs to.
 *
 * Where a conversation has one notification, that of its newest message must stay when an older one is taken back. So the newest is
 * remembered, by the order of WuKongIM's ids. In doubt the notification is replaced: what was taken back must not stay on a screen.
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
    const { sharedState, options, collapse } = this.#context;
    if (message.channelType !== channelTypes.person) {
      const { messageId } = message;
      const mention = content.recall === null ? mentionValue(messageId, content.mention) : null;
      if (mention !== null)
        sharedState.set(mentionKey(messageId), mention, options.dedupWindowMs).catch(() => {});
      sharedState
        .set(messageKey(messageId), placeOf(message, message.fromUid), options.dedupWindowMs)
        .catch(() => {});
    }
    if (collapse === 'conversation' && isShownToAll(content))
      sharedState.set(newestKey(message), message.messageId, options.maxAgeMs).catch(() => {});
  }

  /** Whether phones are told of it where it is a recall; whoever is told twice is told once. Rejects with StoreUnavailableError. */
  async judge({ body, content }: DecodedEvent): Promise<Verdict> {
    const recall = content?.recall ?? null;
    if (body.kind !== 'message' || recall === null) return 'send';
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

  /**
   * Of each event, whenever it is planned. A recall then mentions whom the message mentioned: what passed a mute is replaced in spite of
   * it. Rejects with StoreUnavailableError.
   */
  async of(events: readonly DecodedEvent[]): Promise<readonly Standing[]> {
    const { sharedState } = this.#context;
    const [found, mentions] = await Promise.all([
      valuesOf(
        sharedState,
        events.map((event) => this.#keyOf(event)),
      ),
      valuesOf(sharedState, events.map(mentionKeyOf)),
    ]);
    return events.map((event, index) => {
      const mention = mentions[index] ?? null;
      if (mention !== null) mentionAgain(event, mention);
      return standingOf(event, found[index] ?? null);
    });
  }

  /** Null: there is nothing to ask. */
  #keyOf({ body, content }: DecodedEvent): string | null {
    if (body.kind !== 'message' || content === null) return null;
    if (content.recall === null) return recallKey(body.message.messageId);
    return this.#context.collapse === 'conversation' ? newestKey(body.message) : null;
  }
}

/** In the order of the keys; null also where there is nothing to ask. Rejects with StoreUnavailableError. */
export async function valuesOf(
  sharedState: Pick<SharedState, 'getMany'>,
  keys: readonly (string | null)[],
): Promise<readonly (string | null)[]> {
  const asked = keys.filter((key) => key !== null);
  const found = asked.length === 0 ? [] : await sharedState.getMany(asked);
  let at = 0;
  return keys.map((key) => (key === null ? null : (found[at++] ?? null)));
}

function standingOf({ body, content }: DecodedEvent, value: string | null): Standing {
  if (value === null || body.kind !== 'message') return 'current';
  const recall = content?.recall ?? null;
  if (recall !== null) return BigInt(value) > BigInt(recall.messageId) ? 'overtaken' : 'current';
  const place = placeOf(body.message, body.message.fromUid);
  return value.startsWith(`${place}|`) ? 'recalled' : 'current';
}

/** Not a recall, which replaces another, nor what some do not see: their phones still show the message before it. */
function isShownToAll({ recall, visibles, invisibles }: MessageContent): boolean {
  return recall === null && visibles === null && invisibles === null;
}

function messageKey(messageId: string): string {
  return `seen:${messageId}`;
}

function mentionKey(messageId: string): string {
  return `mention:${messageId}`;
}

/** Null: there is nothing to ask. */
function mentionKeyOf({ body, content }: DecodedEvent): string | null {
  const recall = content?.recall ?? null;
  if (body.kind !== 'message' || recall === null || body.message.channelType === channelTypes.person)
    return null;
  return mentionKey(recall.messageId);
}

/** Null: it mentions nobody. No uids, so that nobody who is erased is named. Too many are not remembered. */
function mentionValue(messageId: string, { all, uids }: MessageContent['mention']): string | null {
  if (!all && uids === null) return null;
  const named = uids === null || uids.size > mentionsKept ? [] : [...uids];
  return JSON.stringify({ all, digests: named.map((uid) => digestOf(messageId, uid)) });
}

const mentionsKept = 100;

function mentionAgain(event: DecodedEvent, value: string): void {
  const recall = event.content?.recall ?? null;
  if (event.content === null || recall === null) return;
  const { all, digests } = JSON.parse(value) as { all: boolean; digests: readonly string[] };
  event.content = { ...event.content, mention: { all, uids: new Mentioned(recall.messageId, digests) } };
}

/** Holds digests, and is asked for uids. */
class Mentioned extends Set<string> {
  readonly #messageId: string;

  constructor(messageId: string, digests: readonly string[]) {
    super(digests);
    this.#messageId = messageId;
  }

  override has(uid: string): boolean {
    return super.has(digestOf(this.#messageId, uid));
  }
}

function digestOf(messageId: string, uid: string): string {
  return hash('sha1', `${messageId}:${uid}`, 'base64url').slice(0, 8);
}

function recallKey(messageId: string): string {
  return `recall:${messageId}`;
}

/** Of one's notifications on another's phone, or those of a group. */
function newestKey({ channelType, channelId, fromUid }: Message): string {
  const sender = channelType === channelTypes.person ? fromUid : '';
  return `newest:${hash('sha1', `${channelType}:${sender.length}:${sender}${conversationChannel(channelId)}`, 'base64url')}`;
}

/** Conversation and sender. Lengths stand before the parts, because ids may hold any separator that one could choose. */
function placeOf(message: Message, fromUid: string): string {
  const isPerson = message.channelType === channelTypes.person;
  const channelId = isPerson ? fromUid : conversationId(message);
  const text = `${message.channelType}:${channelId.length}:${channelId}${fromUid}`;
  return hash('sha1', text, 'base64url');
}
