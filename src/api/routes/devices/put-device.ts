/*
 * Open this file first: it registers a device, and `patch-device.ts` changes one. Each other file is one route: its path, who
 * may call it, its schemas, and what it does.
 */

import { isProviderName } from '../../../domain/provider-table';
import { json } from '../../answer';
import { exampleDevice, exampleDeviceParams, exampleRegistration } from '../../example';
import { toDeviceObject } from '../../device-object';
import { defineOperation, type Operation } from '../../operation';
import type { FieldError } from '../../problem';
import { toDevice, warningsOf } from '../../registration';
import { issueWords } from '../../request/issue-words';
import { toFieldErrors } from '../../request/validation';
import { registeredDeviceSchema, registrationPatchSchema, registrationSchema } from '../../schemas/device';
import { deviceParams } from '../../schemas/identifiers';
import type { ApiServices } from '../../services';

export interface RegistrationOptions {
  /** Devices a user may have; the least recently accepted or registered leaves. */
  readonly devicesPerUser: number;
}

export function putDevice({ devicesPerUser }: RegistrationOptions, services: ApiServices): Operation {
  const { store, clock, configuredApps, registered } = services;
  return defineOperation({
    id: 'putDevice',
    method: 'put',
    path: '/v1/users/{uid}/devices/{device_id}',
    tag: 'devices',
    summary: 'Register a device, or replace its registration',
    description:
      'Registering again refreshes the registration and ends a suspension. A token of another device is removed there.',
    callers: ['server', 'owner'],
    params: deviceParams,
    body: registrationSchema,
    answers: {
      200: { description: 'The registration was replaced.', schema: registeredDeviceSchema },
      201: { description: 'The device is new.', schema: registeredDeviceSchema },
    },
    alsoWrong: withoutProvider,
    problems: ['app_not_configured', 'provider_not_configured', 'environment_not_configured'],
    example: {
      params: exampleDeviceParams,
      body: exampleRegistration,
      status: 201,
      answer: exampleDevice,
    },
    handle: async ({ params, body }) => {
      const nowMs = clock.now();
      const before = await store.devices.get(params.uid, params.device_id);
      const context = { uid: params.uid, deviceId: params.device_id, nowMs, apps: configuredApps() };
      const device = toDevice(body, before, context);
      if ('kind' in device) return device;
      const warnings = warningsOf(body);
      const { created, evicted } = await store.devices.register(device, devicesPerUser);
      registered(before, device);
      return json(created ? 201 : 200, {
        ...toDeviceObject(device, nowMs),
        ...(warnings.length > 0 ? { warnings } : {}),
        ...(evicted.length > 0 ? { evicted: evicted.map((gone) => toDeviceObject(gone, nowMs)) } : {}),
      });
    },
  });
}

/** Without a provider the schema gets neither to the names of the other fields nor to the token. */
function withoutProvider(body: unknown): readonly FieldError[] {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return [];
  if ('provider' in body && isProviderName(body.provider)) return [];
  const unknown = registrationPatchSchema
    .safeParse(body, { error: issueWords })
    .error?.issues.filter(({ code }) => code === 'unrecognized_keys');
  const errors = toFieldErrors(unknown ?? []);
  if ('token' in body || 'voip_token' in body || 'subscription' in body) return errors;
  return [
    ...errors,
    { path: 'token', message: 'is required: the device token that the phone got from its provider' },
  ];
}
