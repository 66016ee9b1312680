import { z } from 'zod';
import { noContent } from '../../answer';
import { defineOperation, type Operation } from '../../operation';
import { deviceTokenRules, isDeviceToken } from '../../../domain/device-token';
import { tokenFault } from '../../request/token-fault';
import type { ApiServices } from '../../services';

export function deleteDeviceToken({ store }: ApiServices): Operation {
  return defineOperation({
    id: 'deleteDeviceToken',
    method: 'delete',
    path: '/v1/device-tokens/{token}',
    tag: 'devices',
    summary: 'Forget a device token, whoever holds it',
    description:
      'For an app that signs out knowing nothing but its own token. A device without another token leaves too.',
    callers: ['server'],
    params: z.strictObject({ token: anyToken }),
    answers: { 204: { description: 'Forgotten, also when nobody held it.', schema: null } },
    problems: [],
    handle: async ({ params }) => {
      // The token does not say whose it is, and nobody else would tell the two providers apart here.
      await store.devices.removeToken('apns', params.token);
      await store.devices.removeToken('fcm', params.token);
      return noContent;
    },
  });
}

/** Whoever could register it; a word that stands for no token removes nobody's. */
const anyToken = z
  .string()
  .superRefine((token, context) => {
    if (isDeviceToken('apns', token)) return;
    const message = tokenFault('fcm', token);
    if (message !== null) context.addIssue({ code: 'custom', message });
  })
  .meta({ pattern: deviceTokenRules.fcm.pattern.source, minLength: 1, maxLength: 4096 });
