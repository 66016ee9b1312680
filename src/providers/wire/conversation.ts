import type { CallData, ConversationData, Notification } from '../../domain/notification';

/** What a phone needs to open the right place, under the names that every platform sees. */
export interface ConversationFields {
  readonly message_id: string;
  readonly message_seq: number;
  readonly client_msg_no: string;
  readonly from_uid?: string;
  readonly channel_id?: string;
  /** Instead of `channel_id`, where that must not leave the relay. */
  readonly conversation_hash?: string;
  readonly channel_type: number;
  readonly timestamp: number;
  readonly sender_name?: string;
  readonly avatar_url?: string;
  readonly image_url?: string;
  /** Absent for a message. */
  readonly kind?: 'summary' | 'recall';
  readonly type?: number;
  readonly mention?: 'me' | 'all';
  readonly fields?: Readonly<Record<string, string>>;
  readonly ciphertext?: string;
}

/** What an app removes that was read elsewhere; without `up_to_seq` all of the conversation. */
export interface ReadFields {
  readonly kind: 'read';
  readonly channel_id?: string;
  /** Instead of `channel_id`, where that must not leave the relay. */
  readonly conversation_hash?: string;
  readonly channel_type: number;
  readonly up_to_seq?: number;
}

function readFields({
  channelId,
  channelType,
  upToSeq,
  isHashed = false,
}: NonNullable<Notification['read']>): ReadFields {
  const place = isHashed ? { conversation_hash: channelId } : { channel_id: channelId };
  const fields = { kind: 'read', ...place, channel_type: channelType } as const;
  return upToSeq === null ? fields : { ...fields, up_to_seq: upToSeq };
}

/** What a phone needs to ring, or to stop. */
export interface CallFields {
  readonly kind: 'call';
  readonly call_id: string;
  readonly action: string;
  readonly media: string;
  readonly from_uid?: string;
  readonly sender_name?: string;
  /** RFC 3339, UTC. */
  readonly expires_at: string;
}

/** The relay's own fields of a notification; null where it has none. */
export function ownFields({
  conversation,
  call,
  read,
}: Notification): ConversationFields | CallFields | ReadFields | null {
  if (conversation !== null) return conversationFields(conversation);
  if (call !== null) return callFields(call);
  return read === null ? null : readFields(read);
}

/** Field by field: V8 takes microseconds for what stands behind a spread. */
function conversationFields(data: ConversationData): ConversationFields {
  const fields: Mutable<ConversationFields> = {
    message_id: data.messageId,
    message_seq: data.messageSeq,
    client_msg_no: data.clientMsgNo,
    ...placeOf(data),
    channel_type: data.channelType,
    timestamp: data.timestampSeconds,
  };
  if (data.senderName !== null) fields.sender_name = data.senderName;
  if (data.avatarUrl !== null) fields.avatar_url = data.avatarUrl;
  if (data.imageUrl !== null) fields.image_url = data.imageUrl;
  if (data.kind !== 'message') fields.kind = data.kind;
  if (data.type !== null) fields.type = data.type;
  if (data.mention === 'me' || data.mention === 'all') fields.mention = data.mention;
  if (data.fields !== null) fields.fields = data.fields;
  if (data.ciphertext !== null) fields.ciphertext = data.ciphertext;
  return fields;
}

type Mutable<T> = { -readonly [Name in keyof T]: T[Name] };

/** For a payload that would be too large with what only some apps use; null where there is nothing to leave out. */
export function withoutExtras(notification: Notification): Notification | null {
  const { conversation } = notification;
  if (conversation === null) return null;
  const { avatarUrl, imageUrl, fields, ciphertext } = conversation;
  if (avatarUrl === null && imageUrl === null && fields === null && ciphertext === null) return null;
  const bare = { ...conversation, avatarUrl: null, imageUrl: null, fields: null, ciphertext: null };
  return { ...notification, imageUrl: null, conversation: bare };
}

function placeOf({ fromUid, channelId, conversationHash }: ConversationData): Place {
  if (fromUid !== null && channelId !== null) return { from_uid: fromUid, channel_id: channelId };
  return conversationHash === null ? {} : { conversation_hash: conversationHash };
}

type Place = Pick<ConversationFields, 'from_uid' | 'channel_id' | 'conversation_hash'>;

function callFields({ callId, action, media, fromUid, senderName, expiresAtMs }: CallData): CallFields {
  return {
    kind: 'call',
    call_id: callId,
    action,
    media,
    ...(fromUid === null ? {} : { from_uid: fromUid }),
    ...(senderName === null ? {} : { sender_name: senderName }),
    expires_at: new Date(expiresAtMs).toISOString(),
  };
}
