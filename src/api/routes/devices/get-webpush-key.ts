import { z } from 'zod';
import { json, type Answer } from '../../answer';
import { exampleVapidKey } from '../../example';
import { defineOperation, type Operation } from '../../operation';
import { problem, type Problem } from '../../problem';
import { bounded } from '../../schemas/identifiers';
import type { ApiServices } from '../../services';

export function getWebPushKey({ configuredApps, webPushKey }: ApiServices): Operation {
  return defineOperation({
    id: 'getWebPushKey',
    method: 'get',
    path: '/v1/apps/{app}/webpush-key',
    tag: 'devices',
    summary: 'Read the public key with which a browser subscribes',
    description:
      'For `applicationServerKey` of `pushManager.subscribe`: the VAPID key of the app, in base64url.',
    callers: ['server', 'user'],
    params: z.strictObject({ app: bounded(64).meta({ description: 'A configured app.' }) }),
    answers: {
      200: {
        description: 'The key.',
        schema: z
          .strictObject({
            public_key: z.string().meta({ description: 'The public VAPID key, in base64url.' }),
          })
          .meta({ id: 'WebPushKey' }),
      },
    },
    example: { params: { app: 'default' }, answer: { public_key: exampleVapidKey } },
    problems: ['app_not_configured', 'provider_not_configured'],
    handle: ({ params }) => Promise.resolve(answer(params.app)),
  });

  function answer(app: string): Answer | Problem {
    if (!configuredApps().some(({ name }) => name === app))
      return problem('app_not_configured', 'No app with this name is configured.');
    const key = webPushKey(app);
    if (key === null)
      return problem(
        'provider_not_configured',
        `The app ${app} has no Web Push configuration (apps.${app}.webpush).`,
      );
    return json(200, { public_key: key });
  }
}
