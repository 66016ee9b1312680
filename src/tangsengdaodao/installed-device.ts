import { toDevice } from '../api/registration';
import { issueWords } from '../api/request/issue-words';
import { registrationSchema } from '../api/schemas/device';
import type { ConfiguredApp } from '../api/services';
import type { Device } from '../domain/device';
import { providerTable, type ProviderName } from '../domain/provider-table';
import { deviceIdOf, providerOf, type Install } from './install';

export interface InstalledDeviceContext {
  readonly apps: readonly ConfiguredApp[];
  readonly nowMs: number;
  /** The app of an install; null: none is configured for it. */
  readonly appOf: (provider: ProviderName, bundleId: string) => string | null;
}

/** Why an install makes no device. */
export type NoDevice =
  { readonly kind: 'not_configured' } | { readonly kind: 'malformed_token'; readonly detail: string };

/** The device that an install makes. `before`: what is stored under the same key. */
export function installedDevice(
  uid: string,
  install: Install,
  before: Device | null,
  { apps, nowMs, appOf }: InstalledDeviceContext,
): Device | NoDevice {
  const { type, bundleId } = install;
  const provider = providerOf(type);
  const app = provider === null ? null : appOf(provider, bundleId);
  if (provider === null || app === null) return { kind: 'not_configured' };
  const parsed = registrationSchema.safeParse(
    {
      provider,
      app,
      // iOS sends its two tokens at different times.
      token: install.token ?? before?.token ?? null,
      ...(providerTable[provider].tokenKinds.includes('voip')
        ? { voip_token: install.voipToken ?? before?.voipToken ?? null }
        : {}),
      model: install.model,
      app_version: install.appVersion,
    },
    { error: issueWords },
  );
  if (!parsed.success) return { kind: 'malformed_token', detail: parsed.error.issues[0]?.message ?? '' };
  const device = toDevice(parsed.data, before, { uid, deviceId: deviceIdOf(install), nowMs, apps });
  return 'kind' in device ? { kind: 'malformed_token', detail: device.detail } : device;
}
