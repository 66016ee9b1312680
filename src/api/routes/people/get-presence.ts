import { answeredPresence } from '../../../presence/answered-presence';
import { judgePresence } from '../../../presence/judge-presence';
import { json } from '../../answer';
import { exampleUid } from '../../example';
import { defineOperation, type Operation } from '../../operation';
import { uidParams } from '../../schemas/identifiers';
import { presenceSchema } from '../../schemas/people';
import { toTimeTextOrNull } from '../../schemas/times';
import type { ApiServices } from '../../services';

export function getPresence({ store, clock, connectionsOf }: ApiServices): Operation {
  return defineOperation({
    id: 'getPresence',
    method: 'get',
    path: '/v1/users/{uid}/presence',
    tag: 'users',
    summary: "Read a user's presence",
    description:
      "`source` is `api` where WuKongIM's own API is configured and answers. Otherwise it is `event`: what the online-status events report. " +
      'Then `online` is null if unknown: no event named the user, the last event is over an hour old, or ' +
      'WuKongIM does not report when this user goes offline.',
    callers: ['server'],
    params: uidParams,
    answers: { 200: { description: 'By device flag.', schema: presenceSchema } },
    example: {
      params: exampleUid,
      answer: {
        devices: [{ device_flag: 0, online: true, connections: 1, changed_at: '2026-01-31T12:00:00.000Z' }],
        online: true,
        source: 'event',
        age_seconds: 0,
        last_seen_at: '2026-01-31T12:00:00.000Z',
      },
    },
    handle: async ({ params }) => {
      const [[presence = null], connections] = await Promise.all([
        store.presence.getMany([params.uid]),
        connectionsOf === null ? null : connectionsOf(params.uid),
      ]);
      const nowMs = clock.now();
      const { online, ageSeconds, flags } =
        connections === null
          ? judgePresence(params.uid, presence, nowMs)
          : answeredPresence(connections, presence);
      const past = (atMs: number | null) => toTimeTextOrNull(atMs === null ? null : Math.min(atMs, nowMs));
      return json(200, {
        devices: flags.map((flag) => ({
          device_flag: flag.deviceFlag,
          online: flag.online,
          connections: flag.connections,
          changed_at: past(flag.changedAtMs),
        })),
        online,
        source: connections === null ? ('event' as const) : ('api' as const),
        age_seconds: ageSeconds,
        last_seen_at: past(
          connections !== null && online === true ? nowMs : (presence?.lastSeenAtMs ?? null),
        ),
      });
    },
  });
}
