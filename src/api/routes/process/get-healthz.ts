import { json } from '../../answer';
import { defineOperation, type Operation } from '../../operation';
import { healthSchema } from '../../schemas/health';

export function getHealthz(): Operation {
  return defineOperation({
    id: 'getHealthz',
    method: 'get',
    path: '/healthz',
    tag: 'operation',
    summary: 'Check that the process runs',
    callers: ['anyone'],
    ignoresQuery: true,
    answers: { 200: { description: 'The process runs.', schema: healthSchema } },
    example: { answer: { status: 'ok' } },
    handle: () => Promise.resolve(json(200, { status: 'ok' })),
  });
}
