import { z } from 'zod';
import type { Mute } from '../../../domain/people';
import { json } from '../../answer';
import { exampleGroup, exampleUid } from '../../example';
import { defineOperation, type Operation } from '../../operation';
import { readCursor, writeCursor } from '../../request/cursor';
import { uidParams } from '../../schemas/identifiers';
import { pageOf, pageQuery, toPage } from '../../schemas/page';
import { muteSchema, toMuteObject } from '../../schemas/preferences';
import type { ApiServices } from '../../services';

export function listMutes({ store, clock }: ApiServices): Operation {
  return defineOperation({
    id: 'listMutes',
    method: 'get',
    path: '/v1/users/{uid}/mutes',
    tag: 'preferences',
    summary: 'List the conversations that a user has muted',
    callers: ['server', 'owner'],
    params: uidParams,
    query: z.strictObject(pageQuery(1000)),
    answers: {
      200: {
        description: 'By type and id of the channel, without those that are over.',
        schema: pageOf(muteSchema),
      },
    },
    example: {
      params: exampleUid,
      answer: { items: [{ ...exampleGroup, until: '2100-01-01T00:00:00.000Z', allow_mentions: true }] },
    },
    handle: async ({ params, query }) => {
      const list = `mutes/${params.uid}`;
      const start = readCursor(list, query.cursor);
      if ('kind' in start) return start;
      const after = start.position;
      const nowMs = clock.now();
      const rest = (await store.preferences.listMutes(params.uid))
        .filter(({ untilMs }) => untilMs === null || untilMs > nowMs)
        .map((mute) => ({ mute, position: positionOf(mute) }))
        .filter(({ position }) => after === null || position > after)
        .sort((one, other) => (one.position < other.position ? -1 : 1));
      const page = rest.slice(0, query.limit);
      const last = page.at(-1);
      const isLast = last === undefined || rest.length === page.length;
      return json(
        200,
        toPage(
          page.map(({ mute }) => toMuteObject(mute)),
          isLast ? null : writeCursor(list, last.position),
        ),
      );
    },
  });
}

/** Types have three digits at most. */
function positionOf({ channelType, channelId }: Mute): string {
  return `${String(channelType).padStart(3, '0')}:${channelId}`;
}
