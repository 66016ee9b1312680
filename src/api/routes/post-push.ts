/*
 * Open this file first. It shows what an operation is made of: schemas, what it may answer, what it does. `post-calls.ts` makes phones ring,
 * `post-test-push.ts` asks the providers now, the other files list, replay and delete dead letters. `devices/` and `people/` keep what is
 * registered, `process/` tells of the process itself.
 */

import { entryMaxRecipients, inEntries } from '../../domain/inbox-entry';
import { laneFor } from '../../domain/lane';
import { encodeBody, type WorkBody } from '../../domain/body';
import type { InboxEvent } from '../../store/ports/inbox';
import { json } from '../answer';
import { toDirectPush } from '../direct-push';
import { once } from '../idempotency';
import { createIds } from '../../shared/ids';
import { defineOperation, type Operation } from '../operation';
import { findApp } from '../request/find-app';
import { acceptedSchema, pushHeaders, pushSchema, type PushRequest } from '../schemas/push';
import type { ApiServices } from '../services';
import { inSpan } from '../traces/in-span';
import { toldReceived } from '../traces/told-received';

export interface PushOptions {
  /** A push to more recipients than this waits behind those to single persons. */
  readonly directLaneMax: number;
  /** New Idempotency-Keys that are taken within an hour. */
  readonly idempotencyKeysPerHour: number;
}

export function postPush(
  { directLaneMax, idempotencyKeysPerHour }: PushOptions,
  services: ApiServices,
): Operation {
  const makeId = createIds(services.clock, services.random);
  return defineOperation({
    id: 'postPush',
    method: 'post',
    path: '/v1/push',
    tag: 'pushes',
    summary: 'Push to users',
    description:
      'The relay responds once the request is durable. The relay delivers it like a message, with retries, to all devices of the users.',
    callers: ['server'],
    headers: pushHeaders,
    body: pushSchema,
    answers: { 202: { description: 'Durable.', schema: acceptedSchema } },
    problems: ['app_not_configured', 'idempotency_key_reused', 'too_many_idempotency_keys'],
    example: {
      headers: { 'idempotency-key': 'order-4711-shipped' },
      body: {
        uids: ['alice'],
        notification: { title: 'Your order', body: 'It is on its way.', data: { order: '4711' } },
        collapse_id: 'order-4711',
        ttl_seconds: 86_400,
      },
      answer: { id: '019c13f7-6c00-7000-8000-3f1f0c93e47b' },
    },
    handle: async ({ body, headers }) => {
      const app = body.app ?? null;
      // Null: the devices of all apps.
      const found = app === null ? null : findApp(app, services.configuredApps());
      if (found !== null && 'kind' in found) return found;
      const id = makeId();
      const { store, journey, clock, spans } = services;
      const uids = [...new Set(body.uids)];
      const append = async (bodyId: string, trace: Pick<WorkBody, 'trace'>) => {
        const receivedAtMs = clock.now();
        await store.inbox.append(toInboxEvent(bodyId, body, trace, uids, directLaneMax, receivedAtMs));
        if (journey.isFollowed) journey.tell(toldReceived(bodyId, 'push', null, uids, receivedAtMs));
      };
      const key = headers['idempotency-key'];
      return inSpan(spans, '/v1/push', headers, async (trace) => {
        if (key === undefined) {
          await append(id, trace);
          return json(202, { id });
        }
        const keyed = { key, body: fingerprint(body), id, keysPerHour: idempotencyKeysPerHour };
        const answered = await once(store.sharedState, keyed, (bodyId) => append(bodyId, trace));
        return answered.kind === 'problem' ? answered : json(202, { id: answered.id });
      });
    },
  });
}

/** The id names the body, so that a repeat of the same push is known as the same one when it is worked off. */
function toInboxEvent(
  id: string,
  request: PushRequest,
  trace: Pick<WorkBody, 'trace'>,
  uids: readonly string[],
  directLaneMax: number,
  receivedAtMs: number,
): InboxEvent {
  const many = uids.length > entryMaxRecipients ? { recipients: uids.length } : {};
  return {
    bodyId: id,
    lane: laneFor(uids.length, directLaneMax),
    receivedAtMs,
    body: encodeBody({ kind: 'push', push: toDirectPush(id, request), ...many, ...trace }),
    recipients: inEntries(uids),
  };
}

/** What the push is, whatever the order in which a client's library writes the fields of it. */
function fingerprint(request: PushRequest): string {
  const data = Object.entries(request.notification.data ?? {}).sort(([one], [other]) =>
    one < other ? -1 : 1,
  );
  return JSON.stringify([
    request.uids,
    data,
    toDirectPush('', { ...request, notification: { ...request.notification, data: {} } }),
  ]);
}
