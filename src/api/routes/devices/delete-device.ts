import { noContent } from '../../answer';
import { defineOperation, type Operation } from '../../operation';
import { deviceParams } from '../../schemas/identifiers';
import type { ApiServices } from '../../services';

export function deleteDevice({ store }: ApiServices): Operation {
  return defineOperation({
    id: 'deleteDevice',
    method: 'delete',
    path: '/v1/users/{uid}/devices/{device_id}',
    tag: 'devices',
    summary: 'Forget a device',
    callers: ['server'],
    params: deviceParams,
    answers: { 204: { description: 'Forgotten, also when there was none.', schema: null } },
    problems: [],
    handle: async ({ params }) => {
      await store.devices.remove(params.uid, params.device_id);
      return noContent;
    },
  });
}
