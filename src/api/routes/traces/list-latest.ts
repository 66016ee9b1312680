import { json } from '../../answer';
import { defineOperation, type Operation } from '../../operation';
import { latestQuery, latestSchema } from '../../schemas/trace';
import { toTimeText } from '../../schemas/times';
import type { ApiServices } from '../../services';
import { exampleMessage } from '../../traces/trace-example';
import { toMessageObject } from '../../traces/trace-object';

export function listLatest({ traces }: ApiServices): Operation {
  return defineOperation({
    id: 'listLatest',
    method: 'get',
    path: '/v1/messages',
    tag: 'traces',
    summary: 'List the latest messages with their results',
    description: 'The messages that the relay received last. Read one by its id to see its recipients.',
    callers: ['server'],
    query: latestQuery,
    answers: { 200: { description: 'Newest first.', schema: latestSchema } },
    example: { answer: { items: [exampleMessage], since: '2026-01-30T12:00:00.000Z', sample: 1 } },
    handle: async ({ query: { limit } }) => {
      const records = await traces.latest(limit);
      return json(200, {
        items: records.map(toMessageObject),
        since: toTimeText(await traces.sinceMs(records)),
        sample: traces.sample,
      });
    },
  });
}
