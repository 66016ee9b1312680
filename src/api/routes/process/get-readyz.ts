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
    summary: 'Check whether the relay accepts webhooks, and what is wrong',
    description:
      'A fault of a provider, of a credential, or of a store with a journal is `degraded` and still 200: taking the ' +
      'relay out of service would only lose webhooks.',
    callers: ['anyone'],
    ignoresQuery: true,
    answers: {
      200: {
        description: 'The relay accepts webhooks. `degraded`: something else is wrong.',
        schema: readinessSchema,
      },
      503: { description: 'The relay cannot make webhooks durable.', schema: readinessSchema },
    },
    example: {
      answer: {
        status: 'ready',
        checks: [
          {
            name: 'fcm/production/default',
            status: 'ok',
            detail: 'No push has been answered since the start.',
          },
        ],
      },
    },
    handle: async () => {
      const { status, checks } = await readiness();
      return json(status === 'unavailable' ? 503 : 200, {
        status,
        checks: checks.map((check) => ({ name: check.name, status: check.status, detail: check.detail })),
      });
    },
  });
}
