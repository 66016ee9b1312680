import { noContent } from '../../answer';
import { exampleUid } from '../../example';
import { defineOperation, type Operation } from '../../operation';
import { uidParams } from '../../schemas/identifiers';
import type { ApiServices } from '../../services';

export function deleteDevices({ store }: ApiServices): Operation {
  return defineOperation({
    id: 'deleteDevices',
    method: 'delete',
    path: '/v1/users/{uid}/devices',
    tag: 'devices',
    summary: 'Delete all devices of a user',
    callers: ['server', 'owner'],
    params: uidParams,
    answers: { 204: { description: 'Deleted, even if there were none.', schema: null } },
    example: { params: exampleUid },
    handle: async ({ params }) => {
      await store.devices.removeUser(params.uid);
      return noContent;
    },
  });
}
