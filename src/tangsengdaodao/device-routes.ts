/*
 * Open this file first: the requests by which TangSengDaoDao's clients register themselves, in its own shapes, so that a rule of a
 * reverse proxy is all that an installation changes. `login.ts` tells who calls, `install.ts` what a client sends, and
 * `installed-device.ts` makes a device of it.
 */

import { json, type Answer } from '../api/answer';
import type { ForeignCall, ForeignRoute } from '../api/serve';
import { readJsonBody } from '../api/request/json-body';
import type { ApiServices } from '../api/services';
import type { Device } from '../domain/device';
import type { ProviderName } from '../domain/provider-table';
import { isObject, type JsonObject } from '../shared/json-object';
import { bundleOf, deviceIdOf, isOwnDevice, readInstall, type Install } from './install';
import { installedDevice } from './installed-device';
import { loggedInUid, LoginsUnavailableError, type LoginTokens } from './login';

export interface DeviceRoutesContext {
  readonly services: Pick<ApiServices, 'store' | 'clock' | 'events' | 'configuredApps' | 'registered'>;
  readonly logins: LoginTokens;
  readonly devicesPerUser: number;
  /** The app of an install; null: none is configured for it. */
  readonly appOf: (provider: ProviderName, bundleId: string) => string | null;
}

type Respond = (uid: string, call: ForeignCall) => Promise<Answer>;

const ok = json(200, { status: 200 });
const malformed = failure('数据格式有误！');

export function createDeviceRoutes(context: DeviceRoutesContext): readonly ForeignRoute[] {
  const route = (id: string, method: 'post' | 'delete', path: string, respond: Respond): ForeignRoute => ({
    id,
    method,
    path,
    handle: (call) => answer(id, call, respond, context),
  });
  const path = '/v1/user/device_token';
  return [
    route('postTangsengdaodaoToken', 'post', path, (uid, call) => register(uid, call, context)),
    route('deleteTangsengdaodaoToken', 'delete', path, (uid, call) => remove(uid, call, context)),
    route('postTangsengdaodaoBadge', 'post', '/v1/user/device_badge', (uid, call) =>
      setBadge(uid, call, context),
    ),
  ];
}

async function answer(
  operation: string,
  call: ForeignCall,
  respond: Respond,
  { logins, services: { events } }: DeviceRoutesContext,
): Promise<Answer> {
  const { request, requestId } = call;
  try {
    const uid = await loggedInUid(request.headers['token'], logins);
    if (uid !== null) return await respond(uid, call);
    const address = request.socket.remoteAddress;
    events.unauthenticated({ requestId, code: 'tangsengdaodao_login', address });
    return json(401, { msg: '请先登录！' });
  } catch (error) {
    // Never 401: its clients would log the user out.
    if (error instanceof LoginsUnavailableError) return failure('登录状态暂时无法验证，请稍后再试！');
    events.requestFailed({ operation, requestId, error });
    return failure('存储用户设备token失败！');
  }
}

async function register(uid: string, call: ForeignCall, context: DeviceRoutesContext): Promise<Answer> {
  const body = await readBody(call);
  const own = (await context.services.store.devices.list(uid)).filter(isOwnDevice);
  const install = body === null ? null : readInstall(body, call.request.headers, own);
  if (install === null) return malformed;
  if (typeof install === 'string') return failure(install);
  const before = own.find(({ deviceId }) => deviceId === deviceIdOf(install)) ?? null;
  const device = deviceOf(uid, install, before, context);
  if (typeof device === 'string') return failure(device);
  await context.services.store.devices.register(device, context.devicesPerUser);
  context.services.registered(before, device);
  return ok;
}

/** The device to store, or what is wrong. */
function deviceOf(
  uid: string,
  install: Install,
  before: Device | null,
  { services: { clock, configuredApps }, appOf }: DeviceRoutesContext,
): Device | string {
  const device = installedDevice(uid, install, before, { apps: configuredApps(), nowMs: clock.now(), appOf });
  if (!('kind' in device)) return device;
  return device.kind === 'not_configured'
    ? `没有配置 ${install.type} 推送：${install.bundleId}`
    : `device_token: ${device.detail}`;
}

/** Without a bundle id all that the user has registered this way, as TangSengDaoDao itself keeps one device per user. */
async function remove(uid: string, call: ForeignCall, context: DeviceRoutesContext): Promise<Answer> {
  const { devices } = context.services.store;
  const bundleId = bundleOf(call.request.headers);
  for (const device of (await devices.list(uid)).filter(isOwnDevice))
    if (bundleId === null || device.deviceId.endsWith(`:${bundleId}`))
      await devices.remove(uid, device.deviceId);
  return ok;
}

async function setBadge(uid: string, call: ForeignCall, context: DeviceRoutesContext): Promise<Answer> {
  const { store, configuredApps } = context.services;
  const count = (await readBody(call))?.['badge'];
  if (typeof count !== 'number' || !Number.isInteger(count) || count > largestBadge) return malformed;
  const apps = new Set((await store.devices.list(uid)).filter(isOwnDevice).map(({ app }) => app));
  const [first] = configuredApps();
  if (apps.size === 0 && first !== undefined) apps.add(first.name);
  for (const app of apps) await store.badges.set(uid, app, count);
  return ok;
}

const largestBadge = 2 ** 31 - 1;

async function readBody({ request, limits }: ForeignCall): Promise<JsonObject | null> {
  const body = await readJsonBody(request, ['application/json'], limits);
  return body.kind === 'body' && isObject(body.value) ? body.value : null;
}

/** TangSengDaoDao answers 400 for everything that fails. */
function failure(msg: string): Answer {
  return json(400, { msg, status: 400 });
}
