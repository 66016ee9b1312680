import type { Device } from '../domain/device';
import { providerTable, type ProviderName } from '../domain/provider-table';
import { maskToken } from '../shared/mask';
import { readSubscriptionToken } from '../shared/webpush/push-subscription';
import type { DeviceObject } from './schemas/device';
import { toTimeText, toTimeTextOrNull } from './schemas/times';

/** A device as callers see it: without its tokens, which would let whoever reads them push to the phone. */
export function toDeviceObject(device: Device, nowMs: number): DeviceObject {
  const { laneField } = providerTable[device.provider];
  const suspended = device.suspendedUntilMs !== null && device.suspendedUntilMs > nowMs;
  return {
    device_id: device.deviceId,
    provider: device.provider,
    platform: device.platform,
    app: device.app,
    environment: laneField === 'environment' ? device.lane : 'production',
    ...(laneField === 'region' ? { region: device.lane } : {}),
    token: device.token === null ? null : masked(device.provider, device.token),
    has_voip_token: device.voipToken !== null,
    locale: device.locale,
    timezone: device.timezone,
    preview: device.preview,
    device_flag: device.deviceFlag,
    app_version: device.appVersion,
    model: device.model,
    registered_at: toTimeText(device.registeredAtMs),
    last_active_at: toTimeTextOrNull(device.lastActiveAtMs),
    last_accepted_at: toTimeTextOrNull(device.lastAcceptedAtMs),
    state: suspended ? 'suspended' : 'active',
    last_failure_at: toTimeTextOrNull(device.lastFailureAtMs),
    last_failure_reason: device.lastFailureReason,
  };
}

function masked(provider: ProviderName, token: string): string {
  if (providerTable[provider].token.address === null) return maskToken(token);
  const { endpoint } = readSubscriptionToken(token);
  return `${new URL(endpoint).host}${maskToken(endpoint)}`;
}
