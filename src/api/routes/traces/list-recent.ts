import { json } from '../../answer';
import { defineOperation, type Operation } from '../../operation';
import { readCursor, writeCursor } from '../../request/cursor';
import { uidParams } from '../../schemas/identifiers';
import { recentQuery, recentSchema } from '../../schemas/trace';
import { toTimeText } from '../../schemas/times';
import type { ApiServices } from '../../services';
import { exampleUid } from '../../example';
import { exampleTrace } from '../../traces/trace-example';
import { toTraceObject } from '../../traces/trace-object';

export function listRecent({ traces }: ApiServices): Operation {
  return defineOperation({
    id: 'listRecent',
    method: 'get',
    path: '/v1/users/{uid}/recent',
    tag: 'traces',
    summary: 'List the recent messages of a user with their traces',
    description: 'Each message contains only the steps for this user.',
    callers: ['server', 'owner'],
    params: uidParams,
    query: recentQuery,
    answers: { 200: { description: 'Newest first.', schema: recentSchema } },
    example: {
      params: exampleUid,
      answer: { items: [exampleTrace], since: '2026-01-30T12:00:00.000Z', sample: 1 },
    },
    handle: async ({ params: { uid }, query }) => {
      const start = readCursor(list, query.cursor);
      if ('kind' in start) return start;
      const page = await traces.recent(uid, query.limit, start.position);
      return json(200, {
        items: page.items.map((record) => toTraceObject(record, record.recipients)),
        since: toTimeText(await traces.sinceMs(page.items)),
        sample: traces.sample,
        ...(page.nextCursor === null ? {} : { next_cursor: writeCursor(list, page.nextCursor) }),
      });
    },
  });
}

const list = 'recent';
