import { z } from 'zod';
import { noContent } from '../../answer';
import { exampleToken } from '../../example';
import { defineOperation, type Operation } from '../../operation';
import { isTokenAddress } from '../../../domain/device-token';
import { providerNames, providerTable, type ProviderName } from '../../../domain/provider-table';
import { tokenFault } from '../../request/token-fault';
import type { ApiServices } from '../../services';

export function deleteDeviceToken({ store }: ApiServices): Operation {
  return defineOperation({
    id: 'deleteDeviceToken',
    method: 'delete',
    path: '/v1/device-tokens/{token}',
    tag: 'devices',
    summary: 'Delete a device token, independent of its owner',
    description:
      'For an app that knows only its own token at logout. A device without another token is deleted as well. ' +
      'For a browser, `token` is the percent-encoded endpoint of its subscription.',
    callers: ['server'],
    params: z.strictObject({ token: anyToken }),
    answers: { 204: { description: 'Deleted, even if it had no owner.', schema: null } },
    example: { params: { token: exampleToken } },
    handle: async ({ params }) => {
      // The token does not say whose it is, and nobody else would tell the providers apart here.
      for (const provider of providerNames) await store.devices.removeToken(provider, params.token);
      return noContent;
    },
  });
}

/** The provider whose tokens may be longest says what is wrong with one that is nobody's. */
const widest: ProviderName = providerNames.reduce((one, other) =>
  providerTable[other].token.maxLength > providerTable[one].token.maxLength ? other : one,
);

/** Whoever could register it; a word that stands for no token removes nobody's. */
const anyToken = z
  .string()
  .superRefine((token, context) => {
    if (providerNames.some((provider) => isTokenAddress(provider, token))) return;
    const message = tokenFault(widest, token);
    if (message !== null) context.addIssue({ code: 'custom', message });
  })
  .meta({ minLength: 1, maxLength: providerTable[widest].token.maxLength });
