import { json } from '../answer';
import { exampleResult, exampleUid } from '../example';
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
    summary: 'Send a test push to all devices of a user now',
    description: "Uses neither inbox nor retries, and returns the providers' answers. It has no body.",
    callers: ['server'],
    params: uidParams,
    answers: {
      200: { description: 'One result per device. Empty if the user has no device.', schema: testPushSchema },
    },
    example: { params: exampleUid, answer: { results: [exampleResult] } },
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
