import { z } from 'zod';
import { json } from '../../api/answer';
import { defineOperation, type Operation } from '../../api/operation';
import { problem } from '../../api/problem';
import { identifier } from '../../api/schemas/identifiers';
import type { Clock, Random } from '../../domain/clock';
import type { PhoneStreams } from '../phones/phone-streams';
import { sendThroughWebhook } from '../phones/webhook-sender';
import type { DashboardServices, PhonesServices } from '../services';
import { undocumented } from '../undocumented';

const phones = { ...undocumented, callers: ['server'] } as const;

export function getPhones(streams: PhoneStreams): Operation {
  return defineOperation({
    ...phones,
    id: 'watchDashboardPhones',
    method: 'get',
    path: '/dashboard/phones',
    summary: 'What the phones of the sandbox show, as server-sent events',
    handle: () => Promise.resolve({ kind: 'stream', open: (response) => streams.open(response) }),
  });
}

const messageInput = z.strictObject({
  from_uid: identifier,
  to_uids: z.array(identifier).min(1).max(20),
  channel_id: identifier,
  channel_type: z.int().min(1).max(255),
  payload: z.looseObject({ type: z.int() }),
});

export function postPhoneMessage(
  { webhook }: PhonesServices,
  { clock, random }: DashboardServices,
): Operation {
  return defineOperation({
    ...phones,
    id: 'sendDashboardMessage',
    method: 'post',
    path: '/dashboard/phones/messages',
    summary: 'Send a message to the phones of the sandbox, through the webhook',
    body: messageInput,
    handle: async ({ body }) => {
      const target = webhook();
      if (target === null)
        return problem('webhook_refused', 'The webhook listens on a socket that has no address.');
      const messageId = newMessageId(clock, random);
      const status = await sendThroughWebhook(target, {
        messageId,
        fromUid: body.from_uid,
        toUids: body.to_uids,
        channelId: body.channel_id,
        channelType: body.channel_type,
        payload: body.payload,
        atMs: clock.now(),
      });
      if (status === 200) return json(202, { message_id: messageId });
      const hint = status === 401 ? ' webhook.allow_from must hold the address of this machine.' : '';
      return problem('webhook_refused', `The webhook answered ${status}.${hint}`);
    },
  });
}

/** 19 digits, as WuKongIM's own. */
function newMessageId(clock: Clock, random: Random): string {
  const digits = Math.floor(random() * 1e6);
  return `${Math.floor(clock.now())}${String(digits).padStart(6, '0')}`;
}
