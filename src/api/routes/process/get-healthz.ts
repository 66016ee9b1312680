import { json } from '../../answer';
import { defineOperation, type Operation } from '../../operation';
import { healthSchema } from '../../schemas/health';

export function getHealthz(): Operation {
  return defineOperation({
    id: 'getHealthz',
    method: 'get',
    path: '/healthz',
    tag: 'operation',
    summary: 'Say that the process lives',
    callers: ['anyone'],
    ignoresQuery: true,
    answers: { 200: { description: 'It does.', schema: healthSchema } },
    problems: [],
    handle: () => Promise.resolve(json(200, { status: 'ok' })),
  });
}
