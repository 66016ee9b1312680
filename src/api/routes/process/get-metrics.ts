import { z } from 'zod';
import { defineOperation, type Operation } from '../../operation';
import type { AdminServices } from '../../services';

const contentType = 'text/plain; version=0.0.4; charset=utf-8';

export function getMetrics({ metricsText }: AdminServices): Operation {
  return defineOperation({
    id: 'getMetrics',
    method: 'get',
    path: '/metrics',
    tag: 'operation',
    summary: 'Metrics for Prometheus',
    callers: ['anyone'],
    ignoresQuery: true,
    answers: {
      200: { description: 'Prometheus text format 0.0.4.', schema: z.string(), contentType: 'text/plain' },
    },
    example: { answer: '# TYPE relay_inbox_depth gauge\n' },
    handle: async () => ({ kind: 'text', status: 200, contentType, text: await metricsText() }),
  });
}
