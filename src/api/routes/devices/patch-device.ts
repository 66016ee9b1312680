import type { Device } from '../../../domain/device';
import { json } from '../../answer';
import { exampleDevice, exampleDeviceParams } from '../../example';
import { toDeviceObject } from '../../device-object';
import { defineOperation, type Operation } from '../../operation';
import { problem, type Problem } from '../../problem';
import { applyPatch, warningsOf } from '../../registration';
import { changedDeviceSchema, registrationPatchSchema } from '../../schemas/device';
import { deviceParams } from '../../schemas/identifiers';
import type { ApiServices } from '../../services';

export function patchDevice({ store, clock, configuredApps, registered }: ApiServices): Operation {
  return defineOperation({
    id: 'patchDevice',
    method: 'patch',
    path: '/v1/users/{uid}/devices/{device_id}',
    tag: 'devices',
    summary: 'Change a registration',
    description:
      'A merge patch, because iOS gets its alert and VoIP tokens at different times. A result without a token is refused: ' +
      'delete the device instead. A patch with a token counts as a registration.',
    callers: ['server', 'owner'],
    params: deviceParams,
    body: registrationPatchSchema,
    bodyTypes: ['application/merge-patch+json'],
    answers: { 200: { description: 'The device after the change.', schema: changedDeviceSchema } },
    problems: [
      'device_not_found',
      'app_not_configured',
      'provider_not_configured',
      'environment_not_configured',
    ],
    example: {
      params: exampleDeviceParams,
      body: { locale: 'en', app_version: null },
      answer: { ...exampleDevice, locale: 'en', app_version: null },
    },
    handle: async ({ params, body }) => {
      const nowMs = clock.now();
      const context = { uid: params.uid, deviceId: params.device_id, nowMs, apps: configuredApps() };
      let refusal: Problem | null = null;
      let before: Device | null = null;
      const device = await store.devices.update(params.uid, params.device_id, (stored) => {
        before = stored;
        const patched = applyPatch(stored, body, context);
        refusal = 'kind' in patched ? patched : null;
        return 'kind' in patched ? stored : patched;
      });
      if (refusal !== null) return refusal;
      if (device === null)
        return problem('device_not_found', 'The user has no device with this id. Register it with PUT.');
      registered(before, device);
      const warnings = warningsOf({ ...body, provider: device.provider });
      return json(200, { ...toDeviceObject(device, nowMs), ...(warnings.length > 0 ? { warnings } : {}) });
    },
  });
}
