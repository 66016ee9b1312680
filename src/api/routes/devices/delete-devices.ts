import { noContent } from '../../answer';
import { defineOperation, type Operation } from '../../operation';
import { uidParams } from '../../schemas/identifiers';
import type { ApiServices } from '../../services';

export function deleteDevices({ store }: ApiServices): Operation {
  return defineOperation({
    id: 'deleteDevices',
    method: 'delete',
    path: '/v1/users/{uid}/devices',
    tag: 'devices',
    summary: 'Forget all devices of a user',
    callers: ['server'],
    params: uidParams,
    answers: { 204: { description: 'Forgotten, also when there were none.', schema: null } },
    problems: [],
    handle: async ({ params }) => {
      await store.devices.removeUser(params.uid);
      return noContent;
    },
  });
}
