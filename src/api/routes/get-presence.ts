import { json } from '../answer';
import { defineOperation, type Operation } from '../operation';
import { uidParams } from '../schemas/identifiers';
import { presenceSchema } from '../schemas/people';
import { toTimeText, toTimeTextOrNull } from '../schemas/times';
import type { ApiServices } from '../services';

export function getPresence({ store }: ApiServices): Operation {
  return defineOperation({
    id: 'getPresence',
    method: 'get',
    path: '/v1/users/{uid}/presence',
    tag: 'users',
    summary: 'Read what the online-status events said of a user',
    description: 'A user of whom no event spoke yet is offline and was never seen.',
    callers: ['server'],
    params: uidParams,
    answers: { 200: { description: 'By device flag.', schema: presenceSchema } },
    problems: [],
    handle: async ({ params }) => {
      const presence = await store.presence.get(params.uid);
      const flags = presence?.flags ?? [];
      return json(200, {
        devices: flags.map((flag) => ({
          device_flag: flag.deviceFlag,
          online: flag.connections > 0,
          connections: flag.connections,
          changed_at: toTimeText(flag.changedAtMs),
        })),
        online: flags.some((flag) => flag.connections > 0),
        last_seen_at: toTimeTextOrNull(presence?.lastSeenAtMs ?? null),
      });
    },
  });
}
