import { json } from '../answer';
import { defineOperation, type Operation } from '../operation';
import { removedSchema, removeQuery } from '../schemas/dead-letter';
import type { ApiServices } from '../services';

/** Another replica's clock may be ahead: its letters are meant by `all` too. */
const clockSkewMs = 60_000;

export function deleteDeadLetters({ store, clock }: ApiServices): Operation {
  return defineOperation({
    id: 'deleteDeadLetters',
    method: 'delete',
    path: '/v1/dead-letters',
    tag: 'dead letters',
    summary: 'Remove dead letters',
    description: 'Requires `before`, or `all=true`.',
    callers: ['server'],
    query: removeQuery,
    answers: { 200: { description: 'The number of removed letters.', schema: removedSchema } },
    example: { query: { before: '2026-01-31T00:00:00Z' }, answer: { removed: 0 } },
    handle: async ({ query }) => {
      const removed = await store.deadLetters.removeBefore(query.before ?? clock.now() + clockSkewMs);
      return json(200, { removed });
    },
  });
}
