import { encodeBody } from '../../domain/body';
import type { InboxEvent } from '../../store/ports/inbox';
import { json } from '../answer';
import { toDirectPush } from '../direct-push';
import { once } from '../idempotency';
import { createIds } from '../ids';
import { defineOperation, type Operation } from '../operation';
import { problem } from '../problem';
import { acceptedSchema, pushHeaders, pushSchema, type PushRequest } from '../schemas/push';
import type { ApiServices } from '../services';

/** The most recipients that an inbox entry holds. */
const entryMaxRecipients = 500;

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
      'Answered once it is durable; delivered like a message, with retries, to all devices of the users.',
    callers: ['server'],
    headers: pushHeaders,
    body: pushSchema,
    answers: { 202: { description: 'Durable.', schema: acceptedSchema } },
    problems: ['app_not_configured', 'idempotency_key_reused', 'too_many_idempotency_keys'],
    handle: async ({ body, headers }) => {
      const app = body.app ?? null;
      if (app !== null && !services.configuredApps().some(({ name }) => name === app)) {
        return problem('app_not_configured', 'The configuration has no app of that name.', {
          errors: [{ path: 'app', message: 'must be a configured app' }],
        });
      }
      const id = makeId();
      const append = (bodyId: string) =>
        services.store.inbox.append(toInboxEvent(bodyId, body, directLaneMax, services.clock.now()));
      const key = headers['idempotency-key'];
      if (key === undefined) {
        await append(id);
        return json(202, { id });
      }
      const keyed = { key, body: fingerprint(body), id, keysPerHour: idempotencyKeysPerHour };
      const answered = await once(services.store.sharedState, keyed, append);
      return answered.kind === 'problem' ? answered : json(202, { id: answered.id });
    },
  });
}

/** The id names the body, so that a repeat of the same push is known as the same one when it is worked off. */
function toInboxEvent(
  id: string,
  request: PushRequest,
  directLaneMax: number,
  receivedAtMs: number,
): InboxEvent {
  const uids = [...new Set(request.uids)];
  const recipients: string[][] = [];
  for (let from = 0; from < uids.length; from += entryMaxRecipients) {
    recipients.push(uids.slice(from, from + entryMaxRecipients));
  }
  return {
    bodyId: id,
    lane: uids.length <= directLaneMax ? 'direct' : 'bulk',
    receivedAtMs,
    body: encodeBody({ kind: 'push', push: toDirectPush(id, request) }),
    recipients,
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
