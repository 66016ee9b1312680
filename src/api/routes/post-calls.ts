import { encodeBody, type CallEvent } from '../../domain/body';
import { inEntries } from '../../domain/inbox-entry';
import { endedCallKey, longestRingSeconds } from '../../shared/told-keys';
import { createIds } from '../../shared/ids';
import { StoreUnavailableError } from '../../store/ports/errors';
import { json } from '../answer';
import { defineOperation, type Operation } from '../operation';
import { callSchema, type CallRequest } from '../schemas/call';
import { acceptedSchema } from '../schemas/push';
import type { ApiServices } from '../services';
import { inSpan, traceHeaders } from '../traces/in-span';
import { toldReceived } from '../traces/told-received';

export function postCalls(services: ApiServices): Operation {
  const { store, clock, random } = services;
  const makeId = createIds(clock, random);
  return defineOperation({
    id: 'postCalls',
    method: 'post',
    path: '/v1/calls',
    tag: 'pushes',
    summary: 'Start or stop the ringing of a call',
    description:
      'The relay responds once the request is durable. Phones with a VoIP token ring by it, Android phones by a high-priority data message, others show an ' +
      'urgent notification. An invitation that has not been sent when the call ends is dropped.',
    callers: ['server'],
    headers: traceHeaders,
    body: callSchema,
    answers: { 202: { description: 'Durable.', schema: acceptedSchema } },
    example: {
      body: { call_id: 'call-4711', uids: ['alice'], from_uid: 'bob', type: 'invite', media: 'video' },
      answer: { id: '019c13f7-6c00-7000-8000-3f1f0c93e47b' },
    },
    handle: ({ body, headers }) =>
      inSpan(services.spans, '/v1/calls', headers, async (trace) => {
        const call = toCallEvent(makeId(), body, clock.now());
        const uids = [...new Set(body.uids)];
        if (call.action !== 'invite') await tellEnded(services, call, uids);
        await store.inbox.append({
          bodyId: call.id,
          // A call waits behind no group, however many it is for.
          lane: 'direct',
          receivedAtMs: call.atMs,
          body: encodeBody({ kind: 'call', call, ...trace }),
          recipients: inEntries(uids, recipientsTogether),
        });
        if (services.journey.isFollowed)
          services.journey.tell(toldReceived(call.id, 'call', call.fromUid, uids, call.atMs));
        return json(202, { id: call.id });
      }),
  });
}

function toCallEvent(id: string, request: CallRequest, atMs: number): CallEvent {
  const { call_id: callId, from_uid: fromUid, type: action, media, ttl_seconds: ttlSeconds } = request;
  return { id, callId, action, fromUid, media: media ?? 'voice', atMs, ttlSeconds: ttlSeconds ?? null };
}

/**
 * Invitations that wait anywhere find it before they are sent. Where the store cannot answer now, the end of the call is
 * still told to the phones.
 */
async function tellEnded({ store }: ApiServices, call: CallEvent, uids: readonly string[]): Promise<void> {
  const told = uids.map((uid) =>
    store.sharedState.setIfAbsent(endedCallKey(call.callId, uid), call.action, longestRingSeconds * 1000),
  );
  for (const result of await Promise.allSettled(told))
    if (result.status === 'rejected' && !(result.reason instanceof StoreUnavailableError))
      throw result.reason;
}

/** Entries of few, so that others find their way between those of a call to many. */
const recipientsTogether = 100;
