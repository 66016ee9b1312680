let lastMessageId = 2_500_000_000_000_000_000n;

export interface WebhookMessage {
  readonly from: string;
  readonly to: readonly string[];
  /** Absent: a message between two people. */
  readonly groupId?: string;
  readonly text: string;
}

/** A `msg.offline` as v2 sends it, each with an id of its own. */
export function webhookBody({ from, to, groupId, text }: WebhookMessage): Buffer {
  lastMessageId += 1n;
  const id = String(lastMessageId);
  const payload = Buffer.from(JSON.stringify({ type: 1, content: text })).toString('base64');
  return Buffer.from(
    `{"header":{"no_persist":0,"red_dot":1,"sync_once":0},"setting":0,"message_id":${id},"message_idstr":"${id}",` +
      `"client_msg_no":"${id.slice(3)}-5e0d2f10","message_seq":17,"from_uid":"${from}","channel_id":"${groupId ?? to[0]}",` +
      `"channel_type":${groupId === undefined ? 1 : 2},"expire":0,"timestamp":${Math.floor(Date.now() / 1000)},` +
      `"payload":"${payload}","to_uids":${JSON.stringify(to)},"source_id":1001}`,
  );
}
