import { defineOperation, type Operation } from '../../operation';
import { pushParams, traceQuery, traceSchema } from '../../schemas/trace';
import type { ApiServices } from '../../services';
import { exampleTrace } from '../../traces/trace-example';
import { traceAnswer } from '../../traces/trace-object';

export function getPush(services: ApiServices): Operation {
  return defineOperation({
    id: 'getPush',
    method: 'get',
    path: '/v1/pushes/{id}',
    tag: 'traces',
    summary: 'Read the trace of a push or a call',
    description: 'The id is the one that POST /v1/push or POST /v1/calls returned.',
    callers: ['server'],
    params: pushParams,
    query: traceQuery,
    answers: { 200: { description: 'What is known so far.', schema: traceSchema } },
    problems: ['push_not_found'],
    example: { params: { id: pushOfExample.message_id }, answer: pushOfExample },
    handle: async ({ params, query }) => traceAnswer(services, params.id, query, push),
  });
}

const pushOfExample = {
  ...exampleTrace,
  message_id: '019b0c5e-7d40-7000-9c1f-4be2a06d7f13',
  from_uid: null,
  channel_id: null,
  channel_type: null,
  source: 'push',
  recipients: exampleTrace.recipients.map((recipient) => ({
    ...recipient,
    detail: 'a push of the app server',
  })),
};

const push = { missing: 'push_not_found', namedBy: 'request' } as const;
