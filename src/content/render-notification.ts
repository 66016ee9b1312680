/*
 * Open this file first: it turns a message into a notification. `message-content.ts` reads the payload (`payload.ts`,
 * `json-fields.ts`): `audience.ts` is whom it is for, `gist.ts` what it says (`rich-text.ts`, `call-result.ts`,
 * `custom-type.ts`), `gist-text.ts` the words for that (`duration.ts`), and `fields/` what the app gets beside words. `catalogues.ts` holds the languages (`locales/`,
 * `catalogue.ts`), `locale.ts` chooses one. `clean-text.ts`, `truncate-text.ts`, `direction.ts` and `gist-limits.ts` make texts
 * of others fit to show. `pictures/` reads which image a payload may show. `collapse-id.ts` and `test-notification.ts` are what their names say.
 */

import type { DirectPush, ReadNotice } from '../domain/body';
import type { Preview } from '../domain/device';
import { channelTypes, conversationId, type Message } from '../domain/message';
import { aboutNoMessage, type Notification, type NotificationParts } from '../domain/notification';
import type { MentionKind } from './audience';
import type { Catalogue } from './catalogue';
import { cleanLine } from './clean-text';
import { collapseIdOf, conversationHash, messageCollapseId, threadIdOf, type Collapse } from './collapse-id';
import { hasRightToLeft, isolate } from './direction';
import { nameMaxUnits } from './gist-limits';
import { gistText } from './gist-text';
import type { MessageContent } from './message-content';

export interface RenderInput {
  readonly message: Message;
  readonly content: MessageContent;
  readonly catalogue: Catalogue;
  readonly preview: Preview;
  readonly mention: MentionKind;
  /** The uid of the reader whom the text itself names, who is called "you" (`namedReader`); null for all others. */
  readonly reader: string | null;
  /** As registered; null or blank where nobody registered one. A uid is never shown in its place. */
  readonly senderName: string | null;
  /** https; null where nobody registered one. */
  readonly senderAvatarUrl: string | null;
  readonly channelName: string | null;
  /** The app's own name, which is the title where no other is known; null: the phone shows its own. */
  readonly displayName: string | null;
  /** Absent: message. */
  readonly collapse?: Collapse;
  readonly expiresAtMs: number | null;
}

const titleMaxUnits = 80;

/**
 * The notification of a message, for all recipients that share locale, preview and mention.
 * - `full`: title = the sender, or the group; body = the text, in a group behind the sender's name.
 * - `sender`: who, not what.
 * - `none`: that there is a message. Nothing that leaves the relay tells whom or which conversation it is from.
 *
 * Both platforms show title and body alike, so the sender stands in the body and not in iOS' subtitle.
 *
 * `unread`: how many messages of the conversation it stands for, where it replaces the notifications of those before it.
 */
export function renderNotification(input: RenderInput, unread = 0): Notification {
  const { message, content } = input;
  const { recall } = content;
  const isRecall = recall !== null || content.gist.kind === 'recalled';
  const isHidden = input.preview === 'none';
  const threadId = threadIdOf(message, isHidden);
  const isSeveral = unread > 1 && !isRecall;
  const ownWords = isHidden ? hiddenWords(input) : spokenWords(input);
  const words = isSeveral ? severalWords(input, ownWords, unread) : ownWords;
  const imageUrl = input.preview === 'full' ? content.imageUrl : null;
  // A phone that tells nothing tells no mention either.
  const mention = isHidden ? null : input.mention;
  return {
    kind: 'alert',
    title: words.title,
    subtitle: null,
    body: words.body,
    parts: words.parts,
    imageUrl,
    sound: isRecall ? null : 'default',
    threadId,
    // In place of what was taken back, where it is still shown.
    collapseId: messageCollapseId(
      recall === null ? message : { ...message, messageId: recall.messageId },
      input.collapse ?? 'message',
      isHidden,
    ),
    // It is the type's, and a phone that tells nothing tells no type.
    androidChannelId: isHidden ? null : content.androidChannelId,
    conversation: {
      messageId: recall?.messageId ?? message.messageId,
      messageSeq: (recall ?? message).messageSeq,
      clientMsgNo: (recall ?? message).clientMsgNo,
      fromUid: isHidden ? null : message.fromUid,
      channelId: isHidden ? null : conversationId(message),
      conversationHash: isHidden ? threadId : null,
      channelType: message.channelType,
      timestampSeconds: message.timestampSeconds,
      senderName: isHidden ? null : senderOf(input),
      avatarUrl: isHidden ? null : shortUrl(input.senderAvatarUrl),
      imageUrl,
      // Both may hold the text, or say what it is about.
      fields: input.preview === 'full' ? content.fields : null,
      ciphertext: input.preview === 'full' ? content.ciphertext : null,
      kind: kindOf(isRecall, isSeveral),
      type: isHidden ? null : content.type,
      mention,
    },
    call: null,
    category: mention === 'me' || mention === 'all' ? 'mention' : 'message',
    level: isRecall ? 'quiet' : 'normal',
    wakesApp: false,
    read: null,
    data: {},
    priority: isRecall ? 'normal' : content.priority,
    expiresAtMs: input.expiresAtMs,
  };
}

/**
 * The one notification that stands for what a storm held back: where, and how many, not what. It opens the newest of them,
 * by which it is shaped; a later summary of the same conversation replaces it.
 */
export function renderSummary(input: RenderInput, count: number): Notification {
  const notification = renderNotification({ ...input, mention: 'none' });
  const threadId = threadIdOf(input.message, input.preview === 'none');
  const body = input.catalogue.say('summary', { count });
  const { conversation, parts } = notification;
  return {
    ...notification,
    imageUrl: null,
    body,
    parts: parts && summaryParts(parts, body),
    conversation: conversation && {
      ...conversation,
      kind: 'summary',
      senderName: null,
      avatarUrl: null,
      imageUrl: null,
      fields: null,
      ciphertext: null,
    },
    collapseId:
      input.collapse === 'conversation' ? notification.collapseId : collapseIdOf(`storm:${threadId}`),
  };
}

/** Nobody of a group is the one who sent them all. */
function summaryParts(parts: NotificationParts, text: string): NotificationParts {
  return { ...parts, sender: parts.group === null ? parts.sender : null, text };
}

function kindOf(isRecall: boolean, isSeveral: boolean): 'message' | 'summary' | 'recall' {
  if (isRecall) return 'recall';
  return isSeveral ? 'summary' : 'message';
}

interface Words {
  readonly title: string | null;
  readonly body: string;
  readonly parts: NotificationParts;
}

function hiddenWords({ displayName, catalogue, content }: RenderInput): Words {
  return {
    title: displayName,
    body: catalogue.say(content.gist.kind === 'recalled' ? 'recalled' : 'new_message'),
    parts: { sender: null, group: null, text: null },
  };
}

function spokenWords(input: RenderInput): Words {
  const { catalogue, content, preview } = input;
  const { channelType } = input.message;
  const sender = senderOf(input);
  // That a message was taken back says nothing of what it said.
  const isHidden = preview === 'sender' && content.gist.kind !== 'recalled';
  const text = isHidden ? null : gistText(content.gist, catalogue, input.reader);
  if (channelType === channelTypes.person) {
    const body = text ?? catalogue.say('new_message');
    return { title: sender ?? namelessTitle(input, body), body, parts: { sender, group: null, text } };
  }
  const channel = nameOf(input.channelName, titleMaxUnits);
  // One party speaks in such a channel: its name is as good as the channel's.
  const title = channel ?? (hasOneSpeaker(channelType) ? sender : null);
  // Without words, that nobody knows who sent them says nothing: "Someone" begins what somebody said.
  const isUnknown = sender === null && text === null && input.mention === 'none';
  const speaker = isUnknown || isSaidByNobody(input) ? null : (sender ?? unknownSpeaker(input));
  const body =
    speaker === null
      ? (text ?? catalogue.say('new_message'))
      : saidBody(input, speaker, text, title === speaker);
  return { title: title ?? namelessTitle(input, body), body, parts: { sender, group: channel, text } };
}

/** How many, and what the newest says; how many alone, where that says no more than that there is one. */
function severalWords({ catalogue, mention, preview }: RenderInput, words: Words, count: number): Words {
  const number = catalogue.say('summary', { count });
  const saysNothing = words.parts.text === null && (mention === 'none' || preview === 'none');
  if (saysNothing) return { ...words, body: number, parts: summaryParts(words.parts, number) };
  return { ...words, body: `${number} · ${isolate(words.body, catalogue.isRightToLeft)}` };
}

/** Only of the server's own: a person can send a tip or a word of the hotline, too, and then is who says it. */
function isSaidByNobody(input: RenderInput): boolean {
  const { content } = input;
  return content.isFromSystem && (content.gist.kind === 'system' || senderOf(input) === null);
}

/** Without any name, words in a group would read as if the group spoke. */
function unknownSpeaker({ message, catalogue }: RenderInput): string | null {
  return hasOneSpeaker(message.channelType) ? null : catalogue.say('someone');
}

function saidBody(input: RenderInput, speaker: string, text: string | null, isTitled: boolean): string {
  const { catalogue, content, mention } = input;
  const sender = isolate(speaker, catalogue.isRightToLeft || (text !== null && hasRightToLeft(text)));
  if (text === null) {
    if (mention === 'none' && isTitled) return catalogue.say('new_message');
    return catalogue.say(hiddenKeys[mention], { sender });
  }
  if (content.gist.kind === 'recalled') return catalogue.say('recalled_by', { sender });
  if (mention === 'none' && isTitled) return text;
  return catalogue.say(saidKeys[mention], { sender, text });
}

const saidKeys = { none: 'said', me: 'mentioned_you', all: 'mentioned_all' } as const;
const hiddenKeys = { none: 'sent', me: 'mentioned_you_hidden', all: 'mentioned_all_hidden' } as const;

/** Never the same as the body: a phone shows the app's name where there is no title. */
function namelessTitle(
  { message, content, catalogue, displayName }: RenderInput,
  body: string,
): string | null {
  const { channelType } = message;
  if (channelType !== channelTypes.person && !hasOneSpeaker(channelType)) return catalogue.say('group');
  if (content.isFromSystem) return catalogue.say('system');
  if (displayName !== null) return displayName;
  return body === catalogue.say('new_message') ? null : catalogue.say('new_message');
}

function hasOneSpeaker(channelType: number): boolean {
  return (
    channelType === channelTypes.customerService ||
    channelType === channelTypes.info ||
    channelType === channelTypes.visitors ||
    channelType === channelTypes.agent
  );
}

/** What is longer leaves no room for the text in the 4,096 bytes of a payload. */
const longestAvatarUrl = 768;

function shortUrl(url: string | null): string | null {
  return url !== null && url.length > longestAvatarUrl ? null : url;
}

/** What the reader sees, before what the sender's app says. */
function senderOf({ senderName, content }: RenderInput): string | null {
  return nameOf(senderName, nameMaxUnits) ?? content.senderName;
}

function nameOf(name: string | null, maxUnits: number): string | null {
  return name === null ? null : cleanLine(name, maxUnits);
}

/** A push of the app server's own: it brings its texts. `isHidden`: no conversation may be named. */
export function renderPush(push: DirectPush, expiresAtMs: number | null, isHidden: boolean): Notification {
  const read = push.read === undefined ? null : shownRead(push.read, isHidden);
  return {
    ...aboutNoMessage,
    kind: push.silent ? 'background' : 'alert',
    title: push.title,
    body: push.body,
    imageUrl: push.imageUrl,
    sound: push.silent || push.sound === '' ? null : (push.sound ?? 'default'),
    collapseId: read === null ? (push.collapseId ?? push.id) : readCollapseId(read),
    read,
    data: push.data,
    priority: push.silent ? 'normal' : push.priority,
    expiresAtMs,
  };
}

/** The number on the icon, which each delivery has of its own. A later one takes the place of one that still waits. */
export function renderBadge(expiresAtMs: number): Notification {
  return {
    ...aboutNoMessage,
    kind: 'badge',
    title: null,
    body: null,
    sound: null,
    collapseId: 'badge',
    level: 'quiet',
    priority: 'normal',
    expiresAtMs,
  };
}

/** A later one of the conversation takes the place of one that still waits. */
function readCollapseId({ channelType, channelId }: ReadNotice): string {
  return collapseIdOf(`read:${channelType}:${channelId}`);
}

function shownRead(read: ReadNotice, isHidden: boolean): ReadNotice & { readonly isHashed?: boolean } {
  if (!isHidden) return read;
  return { ...read, channelId: conversationHash(`${read.channelType}:${read.channelId}`), isHashed: true };
}
