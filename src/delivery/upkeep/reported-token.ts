import type { ProviderName } from '../../domain/provider-table';
import type { ReceiptResult, ReceiptVerdict } from '../../domain/outcome';
import { holds } from '../../domain/device-token';
import type { Devices } from '../../store/ports/devices';
import type { Routes } from '../routes/routes';
import type { DeviceHygiene } from '../send/device-hygiene';
import { deviceWaitAtMostMs } from '../send/retry-schedule';

export interface ReportedTokenContext {
  readonly devices: Devices;
  readonly routes: Routes;
  readonly hygiene: DeviceHygiene;
}

/**
 * Acts on what a vendor reports of a device token after it has accepted a push, as on an answer that says the same: compare and
 * delete, by the prune brake. What is older than the registration is not meant. Rejects where the store cannot answer.
 */
export async function actOnReport(
  { devices, routes, hygiene }: ReportedTokenContext,
  provider: ProviderName,
  app: string,
  { token, kind, reason, asOfMs }: ReceiptVerdict,
): Promise<ReceiptResult> {
  const owner = await devices.ownerOf(provider, token);
  const device = owner === null ? null : await devices.get(owner.uid, owner.deviceId);
  if (device === null || device.provider !== provider || device.app !== app) return 'ignored';
  if (!holds(device, 'alert', token) || device.registeredAtMs > asOfMs) return 'ignored';
  const route = routes.find(app, provider, device.lane);
  if (route === undefined) return 'ignored';
  const { uid, deviceId } = device;
  const addressed = { uid, deviceId, tokenKind: 'alert', token, device } as const;
  if (kind === 'suspended') {
    hygiene.suspend(addressed, reason);
    return 'suspended';
  }
  if (kind === 'throttled') {
    hygiene.throttled(addressed, asOfMs + deviceWaitAtMostMs);
    return 'throttled';
  }
  await hygiene.forget(addressed, route, reason, asOfMs);
  const kept = await devices.get(uid, deviceId);
  return kept !== null && holds(kept, 'alert', token) ? 'ignored' : 'forgotten';
}
