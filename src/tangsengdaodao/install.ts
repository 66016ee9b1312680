import type { IncomingHttpHeaders } from 'node:http';
import type { Device } from '../domain/device';
import { isProviderName, type ProviderName } from '../domain/provider-table';
import type { JsonObject } from '../shared/json-object';

/** `device_type` as the clients write it, and who pushes to it. */
const providers = {
  IOS: 'apns',
  FIREBASE: 'fcm',
  HMS: 'huawei',
  MI: 'xiaomi',
  OPPO: 'oppo',
  VIVO: 'vivo',
} as const;

/** What a client registers. A token that is null was not sent. */
export interface Install {
  readonly type: string;
  readonly bundleId: string;
  readonly token: string | null;
  readonly voipToken: string | null;
  readonly model: string | null;
  readonly appVersion: string | null;
}

/** Null: this version of the relay has no such provider. */
export function providerOf(type: string): ProviderName | null {
  const name: unknown = Object.hasOwn(providers, type) ? providers[type as keyof typeof providers] : null;
  return isProviderName(name) ? name : null;
}

/** The clients have no id of an install: one device per user, type and bundle. */
export function deviceIdOf({ type, bundleId }: Pick<Install, 'type' | 'bundleId'>): string {
  return `${type}:${bundleId}`;
}

/** Whether a device was registered by these routes. */
export function isOwnDevice({ deviceId }: Device): boolean {
  return Object.hasOwn(providers, deviceId.split(':')[0] ?? '') && deviceId.includes(':');
}

/** A bundle id becomes part of a device id, which has to be one that the REST API can name. */
export function isBundleId(text: string): boolean {
  return visible(text, longestBundleId) !== null;
}

const longestBundleId = 200;

/** The bundle id that iOS and Android clients send beside each request; null: none. */
export function bundleOf(headers: IncomingHttpHeaders): string | null {
  return visible(headers['bundle_id'] ?? headers['package'], longestBundleId);
}

/** Null: a field has another type. A text: what is missing, in TangSengDaoDao's words. `own`: what the user has registered so. */
export function readInstall(
  body: JsonObject,
  headers: IncomingHttpHeaders,
  own: readonly Device[],
): Install | string | null {
  const { device_token, device_type, bundle_id, voip_device_token } = body;
  const fields = [device_token, device_type, bundle_id, voip_device_token].map(textOf);
  if (fields.includes(undefined)) return null;
  const [token, type, bundle, voipToken] = fields as (string | null)[];
  const more = {
    model: visible(headers['model'], 128),
    appVersion: visible(headers['version'] ?? headers['appversion'], 64),
  };
  if (token === null && voipToken) {
    const bundleId = bundle ?? bundleOf(headers) ?? onlyBundle(own);
    return bundleId === null || !isBundleId(bundleId)
      ? 'bundleID不能为空！'
      : { type: 'IOS', bundleId, token: null, voipToken, ...more };
  }
  if (!token) return '设备token不能为空！';
  if (!type) return '设备类型不能为空！';
  if (!bundle || !isBundleId(bundle)) return 'bundleID不能为空！';
  return { type, bundleId: bundle, token, voipToken: voipToken ?? null, ...more };
}

/** Undefined: it is no text. */
function textOf(value: unknown): string | null | undefined {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'string') return undefined;
  return value.trim() === '' ? null : value.trim();
}

function onlyBundle(own: readonly Device[]): string | null {
  const [first, ...others] = own.filter(({ deviceId }) => deviceId.startsWith('IOS:'));
  return first === undefined || others.length > 0 ? null : first.deviceId.slice('IOS:'.length);
}

function visible(value: string | string[] | undefined, longest: number): string | null {
  return typeof value === 'string' && value.length <= longest && /^[\x21-\x7e][\x20-\x7e]*$/.test(value)
    ? value
    : null;
}
