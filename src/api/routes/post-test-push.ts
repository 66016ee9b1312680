import { json } from '../answer';
import { defineOperation, type Operation } from '../operation';
import { uidParams } from '../schemas/identifiers';
import { testPushSchema } from '../schemas/people';
import type { ApiServices } from '../services';

export function postTestPush({ testPush }: ApiServices): Operation {
  return defineOperation({
    id: 'postTestPush',
    method: 'post',
    path: '/v1/users/{uid}/test-push',
    tag: 'pushes',
    summary: 'Send a test to every device of a user, now',
    description: 'Without inbox and retries: returns the answers of the providers. It takes no body.',
    callers: ['server'],
    params: uidParams,
    answers: {
      200: { description: 'One result a device; none where the user has no device.', schema: testPushSchema },
    },
    problems: [],
    handle: async ({ params }) => {
      const results = await testPush(params.uid);
      return json(200, {
        results: results.map(({ deviceId, provider, outcome, reason, latencyMs }) => ({
          device_id: deviceId,
          provider,
          outcome,
          ...(reason === null ? {} : { reason }),
          latency_ms: latencyMs,
        })),
      });
    },
  });
}
