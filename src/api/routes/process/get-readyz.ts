import { json } from '../../answer';
import { defineOperation, type Operation } from '../../operation';
import { readinessSchema } from '../../schemas/health';
import type { AdminServices } from '../../services';

export function getReadyz({ readiness }: AdminServices): Operation {
  return defineOperation({
    id: 'getReadyz',
    method: 'get',
    path: '/readyz',
    tag: 'operation',
    summary: 'Say whether webhooks are taken, and what is wrong',
    description:
      'Faults of a provider, a credential or a store with a journal behind it are `degraded` and still 200: taking the ' +
      'relay out of service would only lose webhooks.',
    callers: ['anyone'],
    ignoresQuery: true,
    answers: {
      200: {
        description: 'Webhooks are taken; `degraded` says what is wrong all the same.',
        schema: readinessSchema,
      },
      503: { description: 'No webhook can be made durable.', schema: readinessSchema },
    },
    problems: [],
    handle: async () => {
      const { status, checks } = await readiness();
      return json(status === 'unavailable' ? 503 : 200, {
        status,
        checks: checks.map((check) => ({ name: check.name, status: check.status, detail: check.detail })),
      });
    },
  });
}
