import { request } from 'node:http';

/** A message as somebody writes it on the page. */
export interface WrittenMessage {
  readonly messageId: string;
  readonly fromUid: string;
  readonly toUids: readonly string[];
  readonly channelId: string;
  readonly channelType: number;
  readonly payload: object;
  readonly atMs: number;
}

/** Where the webhook listens, and the secret that opens it. */
export interface WebhookTarget {
  readonly url: string;
  readonly secret: string | null;
}

/** Sends the message as WuKongIM does: one request to the relay's own webhook. Resolves with the status of the answer. */
export function sendThroughWebhook(target: WebhookTarget, message: WrittenMessage): Promise<number> {
  const url = new URL(target.url);
  // Listening on all addresses, it is reached on this one.
  if (url.hostname === '0.0.0.0') url.hostname = '127.0.0.1';
  if (url.hostname === '[::]') url.hostname = '[::1]';
  const secret = target.secret === null ? '' : `/${encodeURIComponent(target.secret)}`;
  const path = `/webhook${secret}?event=msg.offline`;
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', path, timeout: timeoutMs, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    sent.on('timeout', () => sent.destroy(new Error('the webhook did not answer in time')));
    sent.on('error', reject);
    sent.end(eventBody(message));
  });
}

const timeoutMs = 10_000;

function eventBody(message: WrittenMessage): string {
  return JSON.stringify({
    header: { no_persist: 0, red_dot: 1, sync_once: 0 },
    setting: 0,
    message_idstr: message.messageId,
    client_msg_no: `dashboard-${message.messageId}`,
    from_uid: message.fromUid,
    channel_id: message.channelId,
    channel_type: message.channelType,
    expire: 0,
    timestamp: Math.floor(message.atMs / 1000),
    payload: Buffer.from(JSON.stringify(message.payload)).toString('base64'),
    to_uids: message.toUids,
  });
}
