import { defineOperation, type Operation } from '../../operation';
import { messageParams, traceQuery, traceSchema } from '../../schemas/trace';
import type { ApiServices } from '../../services';
import { exampleTrace } from '../../traces/trace-example';
import { traceAnswer } from '../../traces/trace-object';

export function getMessage(services: ApiServices): Operation {
  return defineOperation({
    id: 'getMessage',
    method: 'get',
    path: '/v1/messages/{message_id}',
    tag: 'traces',
    summary: 'Read the trace of a message',
    description: 'Kept for `trace.max_age`. `cursor` and `limit` page through the recipients.',
    callers: ['server'],
    params: messageParams,
    query: traceQuery,
    answers: { 200: { description: 'What is known so far.', schema: traceSchema } },
    problems: ['message_not_found'],
    example: { params: { message_id: exampleTrace.message_id }, answer: exampleTrace },
    handle: async ({ params, query }) => traceAnswer(services, params.message_id, query, message),
  });
}

const message = { missing: 'message_not_found', namedBy: 'webhook' } as const;
