import type { ConversationData } from '../../domain/notification';

/** What a phone needs to open the right place, under the names that every platform sees. */
export interface ConversationFields {
  readonly message_id: string;
  readonly message_seq: number;
  readonly client_msg_no: string;
  readonly from_uid: string;
  readonly channel_id: string;
  readonly channel_type: number;
  readonly timestamp: number;
}

export function conversationFields(data: ConversationData): ConversationFields {
  return {
    message_id: data.messageId,
    message_seq: data.messageSeq,
    client_msg_no: data.clientMsgNo,
    from_uid: data.fromUid,
    channel_id: data.channelId,
    channel_type: data.channelType,
    timestamp: data.timestampSeconds,
  };
}
