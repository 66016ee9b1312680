import { describeApi } from './openapi';
import type { Operation } from './operation';
import { createAuthenticate } from './principal';
import { deleteDeadLetters } from './routes/delete-dead-letters';
import { deleteDevice } from './routes/devices/delete-device';
import { deleteDeviceToken } from './routes/devices/delete-device-token';
import { deleteDevices } from './routes/devices/delete-devices';
import { eraseUser } from './routes/people/erase-user';
import { getChannel } from './routes/people/get-channel';
import { getDevice } from './routes/devices/get-device';
import { getHealthz } from './routes/process/get-healthz';
import { getMetrics } from './routes/process/get-metrics';
import { getOpenapi } from './routes/process/get-openapi';
import { getPresence } from './routes/people/get-presence';
import { getReadyz } from './routes/process/get-readyz';
import { getUserProfile } from './routes/people/get-user-profile';
import { listDeadLetters } from './routes/list-dead-letters';
import { listDevices } from './routes/devices/list-devices';
import { patchDevice } from './routes/devices/patch-device';
import { postPush } from './routes/post-push';
import { postTestPush } from './routes/post-test-push';
import { putChannel } from './routes/people/put-channel';
import { putDevice } from './routes/devices/put-device';
import { putUserProfile } from './routes/people/put-user-profile';
import { postReplay } from './routes/replay-dead-letters';
import { serve, type MountedHandler, type RequestHandler } from './serve';
import type { ApiServices } from './services';

const defaultMaxBodyBytes = 1024 * 1024;
const defaultDirectLaneMax = 20;
/** Some 40 MB an hour, 1 GB a day, at the very most. */
const defaultIdempotencyKeysPerHour = 100_000;

export interface ApiOptions {
  /** The relay's version, for openapi.json. */
  readonly version: string;
  /** Bearer keys of servers. Empty: everyone may call, which configuration allows on a loopback address only. */
  readonly apiKeys: readonly string[];
  /** Without keys, callers from anywhere, and not only of this machine; false unless said. */
  readonly allowUnauthenticated?: boolean;
  readonly devicesPerUser: number;
  /** Metrics and readiness stand on a port of their own (see createAdminApi) and are not served here. */
  readonly adminElsewhere: boolean;
  /** Enough for a push to 10,000 uids of a usual length. */
  readonly maxBodyBytes?: number;
  /** The most recipients on the direct lane; `delivery.lanes.direct_max_recipients`. */
  readonly directLaneMax?: number;
  /** New Idempotency-Keys that are taken within an hour; each is kept for 24. */
  readonly idempotencyKeysPerHour?: number;
  /** The webhook, for whoever mounts the API in a server of their own. */
  readonly webhook?: MountedHandler;
}

/** The REST API and the webhook: a request handler that answers every path, the unknown ones as a problem. */
export function createApi(options: ApiOptions, services: ApiServices): RequestHandler {
  const operations = [
    ...userOperations(options, services),
    ...pushOperations(options, services),
    getHealthz(),
    ...(options.adminElsewhere ? [] : [getReadyz(services), getMetrics(services)]),
  ];
  operations.push(getOpenapi(() => describeApi(operations, options.version)));
  const authenticate = createAuthenticate(options.apiKeys);
  return serve(
    {
      operations,
      authenticate,
      maxBodyBytes: options.maxBodyBytes ?? defaultMaxBodyBytes,
      localOnly: options.apiKeys.length === 0 && options.allowUnauthenticated !== true,
      mounted: options.webhook,
    },
    services,
  );
}

function userOperations(options: ApiOptions, services: ApiServices): Operation[] {
  return [
    putDevice(options, services),
    patchDevice(services),
    getDevice(services),
    deleteDevice(services),
    listDevices(services),
    deleteDevices(services),
    deleteDeviceToken(services),
    eraseUser(services),
    getUserProfile(services),
    putUserProfile(services),
    getChannel(services),
    putChannel(services),
    getPresence(services),
  ];
}

function pushOperations(
  {
    directLaneMax = defaultDirectLaneMax,
    idempotencyKeysPerHour = defaultIdempotencyKeysPerHour,
  }: ApiOptions,
  services: ApiServices,
): Operation[] {
  return [
    postPush({ directLaneMax, idempotencyKeysPerHour }, services),
    postTestPush(services),
    listDeadLetters(services),
    deleteDeadLetters(services),
    postReplay(services),
  ];
}
