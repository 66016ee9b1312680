import type { Preview } from '../domain/device';
import { channelTypes, conversationId, type Message } from '../domain/message';
import type { Notification } from '../domain/notification';
import type { MentionKind } from './audience';
import type { Catalogue } from './catalogue';
import { cleanLine } from './clean-text';
import { collapseIdOf } from './collapse-id';
import { nameMaxUnits, type Gist } from './gist';
import { catalogueOf, type Locale } from './locale';
import type { MessageContent } from './message-content';

export interface RenderInput {
  readonly message: Message;
  readonly content: MessageContent;
  readonly locale: Locale;
  readonly preview: Preview;
  readonly mention: MentionKind;
  /** As registered; null or blank where nobody registered one. A uid is never shown in its place. */
  readonly senderName: string | null;
  readonly channelName: string | null;
  /** The app's own title where no name is known, e.g. its product name. Default: the catalogue's. */
  readonly defaultTitle?: string | null;
  /** Default `default`; null is silent. */
  readonly sound?: string | null;
  readonly androidChannelId?: string | null;
  readonly expiresAtMs: number | null;
}

const titleMaxUnits = 80;

/** Sent by WuKongIM itself, where the app server named no sender. */
const serverUid = '____system';

/**
 * The notification of a message, for all recipients that share locale, preview and mention.
 * - `full`: title = the sender, or the group; body = the text, in a group behind the sender's name.
 * - `sender`: who, not what.
 * - `none`: that there is a message. What opens the conversation (`conversation`) goes along in each case.
 *
 * Both platforms show title and body alike, so the sender stands in the body and not in iOS' subtitle.
 */
export function renderNotification(input: RenderInput): Notification {
  const { message } = input;
  const catalogue = catalogueOf(input.locale);
  const channelId = conversationId(message);
  const words = input.preview === 'none' ? hiddenWords(input, catalogue) : spokenWords(input, catalogue);
  return {
    kind: 'alert',
    title: words.title,
    subtitle: null,
    body: words.body,
    imageUrl: null,
    sound: input.sound === undefined ? 'default' : input.sound,
    threadId: `${message.channelType}:${channelId}`,
    collapseId: collapseIdOf(message.messageId),
    androidChannelId: input.androidChannelId ?? null,
    conversation: {
      messageId: message.messageId,
      messageSeq: message.messageSeq,
      clientMsgNo: message.clientMsgNo,
      fromUid: message.fromUid,
      channelId,
      channelType: message.channelType,
      timestampSeconds: message.timestampSeconds,
    },
    data: {},
    priority: 'high',
    expiresAtMs: input.expiresAtMs,
  };
}

/**
 * The one notification that stands for what a storm held back: where, and how many, not what. It opens the newest of them,
 * by which it is shaped; a later summary of the same conversation replaces it.
 */
export function renderSummary(input: RenderInput, count: number): Notification {
  const notification = renderNotification({ ...input, mention: 'none' });
  const { channelType, channelId } = { ...input.message, channelId: conversationId(input.message) };
  return {
    ...notification,
    body: catalogueOf(input.locale).summary(count),
    collapseId: collapseIdOf(`storm:${channelType}:${channelId}`),
  };
}

interface Words {
  readonly title: string;
  readonly body: string;
}

function hiddenWords(input: RenderInput, catalogue: Catalogue): Words {
  return {
    title: nameOf(input.defaultTitle ?? null, titleMaxUnits) ?? catalogue.titles.message,
    body: catalogue.hidden,
  };
}

function spokenWords(input: RenderInput, catalogue: Catalogue): Words {
  const sender = nameOf(input.senderName, nameMaxUnits);
  const { channelType } = input.message;
  if (channelType === channelTypes.person) {
    const title = sender ?? namelessTitle(input, catalogue);
    return {
      title,
      body: input.preview === 'sender' ? catalogue.hidden : gistText(input.content.gist, catalogue),
    };
  }
  const channel = nameOf(input.channelName, titleMaxUnits);
  // A visitor's or an agent's channel is a talk with one party: its name is as good as the channel's.
  const title = channel ?? (isTalk(channelType) ? sender : null) ?? namelessTitle(input, catalogue);
  const speaker =
    sender === null || title === sender || input.content.gist.kind === 'system' ? null : isolate(sender);
  return { title, body: mentioned(input.mention, channelBody(input, speaker, catalogue), catalogue) };
}

function channelBody(input: RenderInput, speaker: string | null, catalogue: Catalogue): string {
  if (input.preview === 'sender') return speaker === null ? catalogue.hidden : catalogue.hiddenFrom(speaker);
  const text = gistText(input.content.gist, catalogue);
  return speaker === null ? text : catalogue.said(speaker, text);
}

function mentioned(mention: MentionKind, body: string, catalogue: Catalogue): string {
  switch (mention) {
    case 'none':
      return body;
    case 'me':
      return `${catalogue.mention.me} ${body}`;
    case 'all':
      return `${catalogue.mention.all} ${body}`;
    default:
      return mention satisfies never;
  }
}

function gistText(gist: Gist, catalogue: Catalogue): string {
  switch (gist.kind) {
    case 'text':
      return gist.text;
    case 'label':
      return gist.detail === null
        ? catalogue.labels[gist.label]
        : `${catalogue.labels[gist.label]} ${gist.detail}`;
    case 'system':
      // In one pass, so that a name cannot bring a placeholder of its own.
      return gist.text.replace(/\{(\d{1,2})\}/g, (_, index: string) => {
        const name = gist.names[Number(index)] ?? null;
        return name === null ? catalogue.someone : isolate(name);
      });
    default:
      return gist satisfies never;
  }
}

function namelessTitle(input: RenderInput, catalogue: Catalogue): string {
  const { message, content } = input;
  switch (message.channelType) {
    case channelTypes.group:
    case channelTypes.community:
    case channelTypes.communityTopic:
    case channelTypes.agentGroup:
      return catalogue.titles.group;
    default:
      if (content.gist.kind === 'system' || message.fromUid === serverUid) return catalogue.titles.system;
      return nameOf(input.defaultTitle ?? null, titleMaxUnits) ?? catalogue.titles.message;
  }
}

function isTalk(channelType: number): boolean {
  return (
    channelType === channelTypes.customerService ||
    channelType === channelTypes.visitors ||
    channelType === channelTypes.agent
  );
}

function nameOf(name: string | null, maxUnits: number): string | null {
  return name === null ? null : cleanLine(name, maxUnits);
}

const rightToLeft = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/** A name of a right-to-left script between other words keeps to itself (U+2068 … U+2069), or it reorders the line. */
function isolate(name: string): string {
  return rightToLeft.test(name) ? `\u2068${name}\u2069` : name;
}
