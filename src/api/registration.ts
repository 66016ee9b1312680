import type { Device } from '../domain/device';
import { providerTable, type ProviderLane, type ProviderName } from '../domain/provider-table';
import { readSubscriptionToken } from '../shared/webpush/push-subscription';
import { readLocale } from '../shared/locale-tag';
import { readTimeZone } from '../shared/time-zone';
import { issueWords } from './request/issue-words';
import { problem, type FieldError, type Problem } from './problem';
import { findApp } from './request/find-app';
import { registrationSchema, type Registration, type RegistrationPatch } from './schemas/device';
import type { ConfiguredApp, ConfiguredProvider } from './services';
import { tokenDoubt } from './request/token-fault';
import { invalidRequest, toFieldErrors } from './request/validation';

export interface RegistrationContext {
  readonly uid: string;
  readonly deviceId: string;
  readonly nowMs: number;
  readonly apps: readonly ConfiguredApp[];
}

/**
 * The device that a registration makes. `before`: what is stored under the same key. Of it remain, as long as the alert
 * token is the same, what is known of that token (the lane that it proved to belong to, acceptance, failures),
 * and always the user's activity; rejections and suspension are over.
 */
export function toDevice(
  registration: Registration,
  before: Device | null,
  context: RegistrationContext,
): Device | Problem {
  const app = findApp(registration.app ?? null, context.apps);
  if ('kind' in app) return app;
  const { provider } = registration;
  const configured = app.providers.find((candidate) => candidate.provider === provider);
  if (configured === undefined) {
    return problem(
      'provider_not_configured',
      `The app ${app.name} has no configuration for this provider (apps.${app.name}.${provider}).`,
    );
  }
  const token = addressedBy(registration);
  const voipToken = registration.voip_token ?? null;
  const fault = token === null ? null : addressFault(configured, token);
  if (fault !== null) return invalidRequest([{ path: 'subscription.endpoint', message: fault }]);
  const same = isSameInstall(before, app.name, registration) ? before : null;
  const lane = findLane(registration, configured, same);
  if (typeof lane !== 'string') return lane;
  return {
    uid: context.uid,
    deviceId: context.deviceId,
    app: app.name,
    provider,
    platform: registration.platform ?? providerTable[provider].platforms[0],
    lane,
    token,
    voipToken,
    locale: readLocale(registration.locale ?? ''),
    timezone: readTimeZone(registration.timezone ?? ''),
    preview: registration.preview ?? null,
    deviceFlag: registration.device_flag ?? null,
    appVersion: registration.app_version ?? null,
    model: registration.model ?? null,
    registeredAtMs: context.nowMs,
    lastActiveAtMs: before?.lastActiveAtMs ?? null,
    lastAcceptedAtMs: same?.lastAcceptedAtMs ?? null,
    lastFailureAtMs: same?.lastFailureAtMs ?? null,
    lastFailureReason: same?.lastFailureReason ?? null,
    rejectionsInRow: 0,
    suspendedUntilMs: null,
    throttledUntilMs: same?.throttledUntilMs ?? null,
  };
}

/** What a registration says that is taken without doing what was meant. */
export function warningsOf(registration: Omit<RegistrationPatch, 'subscription'>): readonly FieldError[] {
  const { provider, locale, timezone, token } = registration;
  const warnings: FieldError[] = [];
  const warn = (path: string, message: string): void => void warnings.push({ path, message });
  const isUnread = (text: string | null | undefined, read: (text: string) => string | null): boolean =>
    typeof text === 'string' && read(text) === null;
  if (isUnread(locale, readLocale))
    warn('locale', "cannot be read as a locale such as zh-CN or zh_CN; the app's default applies");
  if (isUnread(timezone, readTimeZone))
    warn('timezone', "cannot be read as a time zone such as Asia/Shanghai; the app's default applies");
  const doubt = provider !== undefined && typeof token === 'string' ? tokenDoubt(provider, token) : null;
  if (doubt !== null) warn('token', doubt);
  return warnings;
}

/**
 * The stored device with a merge patch applied. Only a patch that brings a token registers the device anew: another
 * locale says nothing about whether the token is alive.
 */
export function applyPatch(
  device: Device,
  patch: RegistrationPatch,
  context: RegistrationContext,
): Device | Problem {
  const merged = { ...toRegistration(device, patch.provider ?? device.provider), ...patch };
  const parsed = registrationSchema.safeParse(merged, { error: issueWords });
  if (!parsed.success) return invalidRequest(toFieldErrors(parsed.error.issues));
  const { laneField } = providerTable[device.provider];
  // Null takes back the lane, also one that the relay found out.
  const before = laneField !== null && patch[laneField] === null ? { ...device, lane: '' } : device;
  const patched = toDevice(parsed.data, before, context);
  const brings = [patch.token, patch.subscription, patch.voip_token];
  if ('kind' in patched || brings.some((token) => token !== undefined && token !== null)) return patched;
  const { registeredAtMs, rejectionsInRow, suspendedUntilMs } = device;
  return { ...patched, registeredAtMs, rejectionsInRow, suspendedUntilMs };
}

/**
 * The registration that would make this device; its lane is the caller's to name only where the provider has a field for it. At
 * another provider nothing holds that belongs to its address.
 */
function toRegistration(device: Device, provider: ProviderName): Record<string, unknown> {
  const { platform, voipToken } = device;
  return {
    provider,
    ...(provider === device.provider
      ? { platform, ...addressOf(device), voip_token: voipToken, ...laneOf(device) }
      : {}),
    app: device.app,
    locale: device.locale,
    timezone: device.timezone,
    preview: device.preview,
    device_flag: device.deviceFlag,
    app_version: device.appVersion,
    model: device.model,
  };
}

/** The alert token, under the field in which a registration has it. */
export function addressOf({ provider, token }: Device): { token: string | null } | { subscription: object } {
  if (token === null || providerTable[provider].token.address === null) return { token };
  const { endpoint, p256dh, auth, expiresAtMs } = readSubscriptionToken(token);
  return { subscription: { endpoint, keys: { p256dh, auth }, expirationTime: expiresAtMs } };
}

function laneOf({ provider, lane }: Device): Record<string, ProviderLane> {
  const { laneField } = providerTable[provider];
  return laneField === null ? {} : { [laneField]: lane };
}

function addressedBy({ token, subscription }: Registration): string | null {
  return token ?? subscription ?? null;
}

/** The operator's rule on addresses that are URLs. */
function addressFault({ addressFault: faultOf }: ConfiguredProvider, token: string): string | null {
  return faultOf?.(readSubscriptionToken(token).endpoint) ?? null;
}

function findLane(
  registration: Registration,
  { lanes: usable }: ConfiguredProvider,
  same: Device | null,
): ProviderLane | Problem {
  const { title, lanes, laneOfToken, laneField } = providerTable[registration.provider];
  if (laneOfToken !== null) return same?.lane ?? laneOfToken(addressedBy(registration) ?? '');
  const wanted = registration.environment ?? registration.region ?? null;
  if (wanted === null) {
    // An app that never says its environment would undo at every start what the relay found out about the token.
    if (same !== null && usable.includes(same.lane)) return same.lane;
    return usable[0] ?? lanes[0] ?? '';
  }
  if (usable.includes(wanted)) return wanted;
  return problem('environment_not_configured', `The app has no ${title} credential for ${wanted}.`, {
    errors: [{ path: laneField ?? 'environment', message: `must be one of: ${usable.join(', ')}` }],
  });
}

/** The same install with the same address: what was learnt of it still holds. */
function isSameInstall(before: Device | null, app: string, registration: Registration): boolean {
  if (before === null || before.app !== app || before.provider !== registration.provider) return false;
  const token = addressedBy(registration);
  return before.token === token && (token !== null || before.voipToken === (registration.voip_token ?? null));
}
