/*
 * Open this file first: everything begins with a message. It arrives as a `body.ts` in an `inbox-entry.ts` of a `lane.ts`, and
 * is for the recipients' devices (`device.ts`, `device-token.ts`, `people.ts`, `person-record.ts`, `presence.ts`). A `notification.ts` goes to a
 * `route.ts` of a provider (`provider-table.ts`), which answers an `outcome.ts`. What is left is a `pending-delivery.ts` or a
 * `dead-letter.ts`. `recipient-result.ts` and `journey.ts` tell what became of it. `clock.ts` and
 * `logger.ts` are passed in; each line is one of `log-events/`. `short-text.ts` bounds what others wrote.
 */

/**
 * One WuKongIM message as `msg.offline` carries it.
 * `messageId` is a decimal string: the server's ids exceed 2^53.
 * `payload` stays the base64 text of the request: whoever renders it decodes it, nobody encodes it again.
 */
export interface Message {
  readonly messageId: string;
  readonly messageSeq: number;
  /** Empty on main when the sender gave none. */
  readonly clientMsgNo: string;
  readonly fromUid: string;
  /** As the event carries it: v2 says the recipient's uid for a person channel, main the canonical `a@b`. */
  readonly channelId: string;
  readonly channelType: number;
  readonly topic: string;
  /** Bit set, see {@link settingBits}. */
  readonly setting: number;
  readonly noPersist: boolean;
  /** It counts as unread. Also true where the server cannot tell. */
  readonly redDot: boolean;
  readonly syncOnce: boolean;
  /** Seconds the message lives from its own timestamp; 0 = for ever. */
  readonly expireSeconds: number;
  /** Seconds since the epoch, by the clock of the server that sent it. */
  readonly timestampSeconds: number;
  readonly payload: string;
}

/** Bits of `Message.setting` (GoProto `setting.go`). */
export const settingBits = {
  receipt: 0x80,
  signal: 0x20,
  noEncrypt: 0x10,
  topic: 0x08,
  stream: 0x02,
} as const;

/** WuKongIM channel types that the relay tells apart. */
export const channelTypes = {
  person: 1,
  group: 2,
  customerService: 3,
  community: 4,
  communityTopic: 5,
  info: 6,
  data: 7,
  temporary: 8,
  live: 9,
  visitors: 10,
  agent: 11,
  agentGroup: 12,
} as const;

/**
 * The channel by which two copies of one message are known as one: for a person channel the two dialects name it
 * differently (v2 the recipient's uid, main `a@b` in CRC32 order), so the peers are sorted; `recipient` is the uid
 * that the copy is for.
 */
export function canonicalChannel(
  message: Pick<Message, 'channelId' | 'channelType' | 'fromUid'>,
  recipient: string,
): string {
  if (message.channelType !== channelTypes.person) return `${message.channelType}:${message.channelId}`;
  const [first, second] =
    message.fromUid < recipient ? [message.fromUid, recipient] : [recipient, message.fromUid];
  return `${message.channelType}:${first.length}:${first}${second}`;
}

export const commandSuffix = '____cmd';

/** v2 sends commands through a channel beside that of the conversation, which this names. */
export function conversationChannel(channelId: string): string {
  return channelId.endsWith(commandSuffix) ? channelId.slice(0, -commandSuffix.length) : channelId;
}

/** Of these the id of a channel is the uid of a user: the peer's on v2, a visitor's. */
export const channelTypesOfUser: readonly number[] = [channelTypes.person, channelTypes.visitors];

/**
 * Whom the id of a channel may name: `uid`, `uid@uid` (person on main, agent), `visitor|service` (customer service). A uid may hold
 * the sign, too, so each of them may be where it ends.
 */
export function uidsInChannel(channelType: number, channelId: string): readonly string[] {
  if (!channelTypesWithUids.has(channelType)) return [];
  const id = conversationChannel(channelId);
  const uids = channelTypesOfUser.includes(channelType) ? [id] : [];
  if (channelType === channelTypes.visitors) return uids;
  const sign = channelType === channelTypes.customerService ? '|' : '@';
  for (let at = id.indexOf(sign); at !== -1; at = id.indexOf(sign, at + 1)) {
    uids.push(id.slice(0, at));
    if (sign === '@') uids.push(id.slice(at + 1));
  }
  return uids;
}

const channelTypesWithUids: ReadonlySet<number> = new Set([
  ...channelTypesOfUser,
  channelTypes.customerService,
  channelTypes.agent,
]);

/** What the app opens for this recipient: the channel, and for a person channel the peer's uid (never the own). */
export function conversationId(message: Pick<Message, 'channelId' | 'channelType' | 'fromUid'>): string {
  const { channelId, channelType, fromUid } = message;
  if (channelType === channelTypes.person) return fromUid;
  return conversationChannel(channelId);
}

/**
 * The recipient of a person channel, where it names one: v2 says the recipient's uid, main `a@b`. v2 splits `sender@recipient`
 * at every `@`, gives up where a uid holds one, and then names nobody but in the channel.
 */
export function peerOf(message: Pick<Message, 'channelId' | 'channelType' | 'fromUid'>): string | null {
  const { channelId, channelType, fromUid } = message;
  if (channelType !== channelTypes.person || channelId === '') return null;
  if (fromUid !== '' && channelId.startsWith(`${fromUid}@`))
    return channelId.slice(fromUid.length + 1) || null;
  if (fromUid !== '' && channelId.endsWith(`@${fromUid}`))
    return channelId.slice(0, -fromUid.length - 1) || null;
  return channelId;
}

/** True for a positive integer of at most 20 digits, the largest that an unsigned 64-bit id can have. */
export function isMessageId(text: string): boolean {
  return decimal.test(text);
}

const decimal = /^[1-9]\d{0,19}$/;
