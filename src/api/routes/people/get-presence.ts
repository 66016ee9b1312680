import { judgePresence } from '../../../presence/judge-presence';
import { json } from '../../answer';
import { defineOperation, type Operation } from '../../operation';
import { uidParams } from '../../schemas/identifiers';
import { presenceSchema } from '../../schemas/people';
import { toTimeText, toTimeTextOrNull } from '../../schemas/times';
import type { ApiServices } from '../../services';

export function getPresence({ store, clock }: ApiServices): Operation {
  return defineOperation({
    id: 'getPresence',
    method: 'get',
    path: '/v1/users/{uid}/presence',
    tag: 'users',
    summary: 'Read what the online-status events say about a user',
    description:
      '`online` is null where it is unknown: no event named the user, the last one is over an hour old, or ' +
      'WuKongIM does not report when this user goes offline.',
    callers: ['server'],
    params: uidParams,
    answers: { 200: { description: 'By device flag.', schema: presenceSchema } },
    problems: [],
    handle: async ({ params }) => {
      const nowMs = clock.now();
      const presence = await store.presence.get(params.uid);
      const { online, ageSeconds, flags } = judgePresence(params.uid, presence, nowMs);
      const past = (atMs: number): number => Math.min(atMs, nowMs);
      const lastSeenAtMs = presence?.lastSeenAtMs ?? null;
      return json(200, {
        devices: flags.map((flag) => ({
          device_flag: flag.deviceFlag,
          online: flag.online,
          connections: flag.connections,
          changed_at: toTimeText(past(flag.changedAtMs)),
        })),
        online,
        source: 'event' as const,
        age_seconds: ageSeconds,
        last_seen_at: toTimeTextOrNull(lastSeenAtMs === null ? null : past(lastSeenAtMs)),
      });
    },
  });
}
