import { z } from 'zod';
import type { Mute } from '../../../domain/people';
import { json } from '../../answer';
import { exampleGroup, exampleUid } from '../../example';
import { defineOperation, type Operation } from '../../operation';
import { uidParams } from '../../schemas/identifiers';
import { pageIn, pageOf, pageQuery, toPage } from '../../schemas/page';
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
      const nowMs = clock.now();
      const mutes = (await store.preferences.listMutes(params.uid)).filter(
        ({ untilMs }) => untilMs === null || untilMs > nowMs,
      );
      const page = pageIn(`mutes/${params.uid}`, mutes, positionOf, query);
      if ('kind' in page) return page;
      return json(200, toPage(page.items.map(toMuteObject), page.nextCursor));
    },
  });
}

/** Types have three digits at most. */
function positionOf({ channelType, channelId }: Mute): string {
  return `${String(channelType).padStart(3, '0')}:${channelId}`;
}
