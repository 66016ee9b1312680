import { noContent } from '../../answer';
import { exampleDeviceParams } from '../../example';
import { defineOperation, type Operation } from '../../operation';
import { deviceParams } from '../../schemas/identifiers';
import type { ApiServices } from '../../services';

export function deleteDevice({ store }: ApiServices): Operation {
  return defineOperation({
    id: 'deleteDevice',
    method: 'delete',
    path: '/v1/users/{uid}/devices/{device_id}',
    tag: 'devices',
    summary: 'Delete a device',
    callers: ['server', 'owner'],
    params: deviceParams,
    answers: { 204: { description: 'Deleted, even if it did not exist.', schema: null } },
    example: { params: exampleDeviceParams },
    handle: async ({ params }) => {
      await store.devices.remove(params.uid, params.device_id);
      return noContent;
    },
  });
}
