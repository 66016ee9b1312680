import { json } from '../../answer';
import { exampleDevice, exampleDeviceParams } from '../../example';
import { toDeviceObject } from '../../device-object';
import { defineOperation, type Operation } from '../../operation';
import { problem } from '../../problem';
import { deviceSchema } from '../../schemas/device';
import { deviceParams } from '../../schemas/identifiers';
import type { ApiServices } from '../../services';

export function getDevice({ store, clock }: ApiServices): Operation {
  return defineOperation({
    id: 'getDevice',
    method: 'get',
    path: '/v1/users/{uid}/devices/{device_id}',
    tag: 'devices',
    summary: 'Read a device',
    callers: ['server', 'owner'],
    params: deviceParams,
    answers: { 200: { description: 'The device.', schema: deviceSchema } },
    problems: ['device_not_found'],
    example: { params: exampleDeviceParams, answer: exampleDevice },
    handle: async ({ params }) => {
      const device = await store.devices.get(params.uid, params.device_id);
      if (device === null)
        return problem(
          'device_not_found',
          'The user has no device with this id. GET /v1/users/{uid}/devices lists the devices.',
        );
      return json(200, toDeviceObject(device, clock.now()));
    },
  });
}
