/*
 * Open this file first: it lists all routes (`routes/`) and mounts them on Express; `admin-api.ts` mounts those of the admin
 * port. A route is an `operation.ts`: `serve.ts` authenticates (`principal.ts`), validates (`schemas/`, `request/`) and answers
 * (`answer.ts`, `problem.ts`), and `openapi.ts` describes it from the same definition. `services.ts` is what routes may use.
 * `registration.ts`, `direct-push.ts`, `device-object.ts` and `profile-object.ts` convert between the API and the domain.
 * `cors.ts`, `idempotency.ts`, `named-uid.ts` and `client-error.ts` are what their names say. `example.ts` has what the examples
 * share, `glossary.ts` what each field means (`openapi-words.ts` puts both into the document), `page/` is the page at /docs, and `traces/` shows what became of
 * messages.
 */

import { describeApi } from './openapi';
import type { Operation } from './operation';
import { PageFiles } from './page/files';
import { createCors } from './cors';
import { createAuthenticate, type VerifyUserToken } from './principal';
import { deleteDeadLetters } from './routes/delete-dead-letters';
import { deleteAlias } from './routes/people/delete-alias';
import { deleteDevice } from './routes/devices/delete-device';
import { deleteDeviceToken } from './routes/devices/delete-device-token';
import { deleteDevices } from './routes/devices/delete-devices';
import { deleteMember } from './routes/people/delete-member';
import { deleteMute } from './routes/preferences/delete-mute';
import { eraseUser } from './routes/people/erase-user';
import { getChannel } from './routes/people/get-channel';
import { getDevice } from './routes/devices/get-device';
import { getDocs } from './routes/docs/get-docs';
import { getChineseDocsFile, getDocsFile } from './routes/docs/get-docs-file';
import { getWebPushKey } from './routes/devices/get-webpush-key';
import { getHealthz } from './routes/process/get-healthz';
import { getMetrics } from './routes/process/get-metrics';
import { getOpenapi } from './routes/process/get-openapi';
import { getPreferences } from './routes/preferences/get-preferences';
import { getPresence } from './routes/people/get-presence';
import { getReadyz } from './routes/process/get-readyz';
import { getUserProfile } from './routes/people/get-user-profile';
import { listDeadLetters } from './routes/list-dead-letters';
import { listDevices } from './routes/devices/list-devices';
import { listMutes } from './routes/preferences/list-mutes';
import { patchDevice } from './routes/devices/patch-device';
import { postCalls } from './routes/post-calls';
import { listAliases } from './routes/people/list-aliases';
import { postProfiles } from './routes/people/post-profiles';
import { postPush } from './routes/post-push';
import { getMessage } from './routes/traces/get-message';
import { getPush } from './routes/traces/get-push';
import { listLatest } from './routes/traces/list-latest';
import { listRecent } from './routes/traces/list-recent';
import { postTestPush } from './routes/post-test-push';
import { putAlias } from './routes/people/put-alias';
import { putChannel } from './routes/people/put-channel';
import { putDevice } from './routes/devices/put-device';
import { putMember } from './routes/people/put-member';
import { putMute } from './routes/preferences/put-mute';
import { putPreferences } from './routes/preferences/put-preferences';
import { putUserProfile } from './routes/people/put-user-profile';
import { getBadge } from './routes/badges/get-badge';
import { postRead, type ReadOptions } from './routes/badges/post-read';
import { putBadge } from './routes/badges/put-badge';
import { postReplay } from './routes/replay-dead-letters';
import {
  serve,
  type BrowserCaller,
  type ForeignRoute,
  type MountedHandler,
  type RequestHandler,
} from './serve';
import { SecretSet } from '../shared/secret-set';
import type { ApiServices } from './services';

const defaultMaxBodyBytes = 1024 * 1024;
const defaultDirectLaneMax = 20;
const defaultRead: ReadOptions = {
  lowersBadge: true,
  clearsPhones: false,
  syncTtlSeconds: 3600,
  maxAgeMs: 21_600_000,
};
/** Some 40 MB an hour, 1 GB a day, at the very most. */
const defaultIdempotencyKeysPerHour = 100_000;

export interface ApiOptions {
  /** The relay's version, for openapi.json. */
  readonly version: string;
  /** Bearer keys of servers. Empty: everyone may call, which configuration allows on a loopback address only. */
  readonly apiKeys: readonly string[];
  /** Without keys, callers from anywhere, and not only of this machine; false unless said. */
  readonly allowUnauthenticated?: boolean;
  /** How users' own tokens are verified; by default users have none. */
  readonly verifyUserToken?: VerifyUserToken;
  /** Origins whose pages may read answers; by default none. */
  readonly corsOrigins?: readonly string[];
  /** Routes of other servers; by default none. */
  readonly foreignRoutes?: readonly ForeignRoute[];
  readonly devicesPerUser: number;
  /** Metrics and readiness stand on a port of their own (see createAdminApi) and are not served here. */
  readonly adminElsewhere: boolean;
  /** Enough for a push to 10,000 uids of a usual length. */
  readonly maxBodyBytes?: number;
  /** The most recipients on the direct lane; `delivery.lanes.direct_max_recipients`. */
  readonly directLaneMax?: number;
  /** New Idempotency-Keys that are taken within an hour; each is kept for 24. */
  readonly idempotencyKeysPerHour?: number;
  /** What a read conversation is told for; by default nothing but the badge. */
  readonly read?: ReadOptions;
  /** The page of the dashboard, which calls with a session instead of a key. */
  readonly browser?: BrowserCaller | undefined;
  /** The webhook, for whoever mounts the API in a server of their own. */
  readonly webhook?: MountedHandler;
}

export interface ApiHandler extends RequestHandler {
  readonly setKeys: (keys: readonly string[]) => void;
}

/** The REST API and the webhook: a request handler that answers every path, the unknown ones as a problem. */
export function createApi(options: ApiOptions, services: ApiServices): ApiHandler {
  const docsFiles = new PageFiles();
  const operations = [
    ...userOperations(options, services),
    ...pushOperations(options, services),
    getHealthz(),
    getDocs(),
    getDocsFile(docsFiles),
    getChineseDocsFile(docsFiles),
    ...(options.adminElsewhere ? [] : [getReadyz(services), getMetrics(services)]),
  ];
  operations.push(getOpenapi(() => describeApi(operations, options.version)));
  let keys = new SecretSet(options.apiKeys);
  const handler = serve(
    {
      operations,
      authenticate: createAuthenticate(() => keys, options.verifyUserToken ?? null),
      cors: createCors(options.corsOrigins ?? []),
      maxBodyBytes: options.maxBodyBytes ?? defaultMaxBodyBytes,
      localOnly: () => keys.isEmpty && options.allowUnauthenticated !== true,
      browser: options.browser,
      mounted: options.webhook,
      foreign: options.foreignRoutes ?? [],
    },
    services,
  );
  return Object.assign(handler, { setKeys: (next: readonly string[]) => void (keys = new SecretSet(next)) });
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
    getWebPushKey(services),
    eraseUser(services),
    getUserProfile(services),
    putUserProfile(services),
    getChannel(services),
    putChannel(services),
    putAlias(services),
    listAliases(services),
    deleteAlias(services),
    putMember(services),
    deleteMember(services),
    postProfiles(services),
    getPreferences(services),
    putPreferences(services),
    listMutes(services),
    putMute(services),
    deleteMute(services),
    getPresence(services),
    getBadge(services),
    putBadge(services),
    postRead(options.read ?? defaultRead, services),
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
    postCalls(services),
    postTestPush(services),
    listLatest(services),
    getMessage(services),
    getPush(services),
    listRecent(services),
    listDeadLetters(services),
    deleteDeadLetters(services),
    postReplay(services),
  ];
}
