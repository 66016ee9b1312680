/*
 * Open this file first: like the other files here it wires parts that `relay.ts` needs whole. `open-store.ts` opens the
 * configured store (`has-store.ts`, `preflight.ts`), `open-forwarder.ts` the receivers of webhooks, `handlers.ts` creates what
 * answers requests, and `serving/` the page at `/` and the gRPC webhook. `api-services.ts` is what the API's routes may
 * use, `journey.ts` who is told what becomes of messages, and `service-client.ts` connects to a service of the installation. `providers/` creates the providers, with
 * `configured-apps.ts` and `project-id.ts`, `called/` what asks the resolver and WuKongIM and what tells the app's server, `user-tokens.ts` what verifies users'
 * tokens, and `tangsengdaodao.ts` the routes of its clients. `create-delivery.ts` creates what sends;
 * `delivery-options.ts` and `content-options.ts` convert the configuration for it. `readiness.ts` and `gauges.ts` ask the parts how they
 * are, `reload.ts` gives new values to a running relay, and `version.ts` is the package's version.
 */

import { createAdminApi } from '../api/admin-api';
import { createClientErrorHandler } from '../api/client-error';
import type { AdminServices } from '../api/services';
import { isLoopback } from '../config/cidr';
import type { Config } from '../config/config';
import type { Clock, Random } from '../domain/clock';
import type { Logger } from '../domain/logger';
import { HttpServer, type RequestHandler } from '../http/http-server';
import { besideAdmin } from './serving/dashboard';
import type { Dashboard } from '../dashboard/dashboard';
import type { WebhookHandler } from '../webhook/handler';

interface ServersContext {
  readonly config: Config;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly services: AdminServices;
}

/** The server of webhook and API, and that of `server.admin`; they do not listen yet. */
export function createServers(
  { config, clock, random, logger, services }: ServersContext,
  handlers: {
    readonly webhook: WebhookHandler;
    /** Of everything else that the server answers. */
    readonly handler: RequestHandler;
    readonly api: RequestHandler;
    readonly dashboard: Dashboard | null;
  },
): { readonly server: HttpServer; readonly admin: HttpServer | null } {
  const clientError = createClientErrorHandler(clock, random);
  const connectionsFull = (isFull: boolean) => tellConnections(logger, isFull);
  const { admin, keepAliveTimeoutMs } = config.server;
  const { webhook, handler, api, dashboard } = handlers;
  return {
    server: new HttpServer({ ...config.server, connectionsFull }, { webhook, api: handler, clientError }),
    admin:
      admin &&
      new HttpServer(
        { ...admin, keepAliveTimeoutMs, connectionsFull },
        { api: besideAdmin(dashboard, api, createAdminApi(services, isAdminLocal(config))), clientError },
      ),
  };
}

function tellConnections(logger: Logger, isFull: boolean): void {
  if (isFull) {
    const message =
      'too many connections; the oldest idle ones are closed for new ones. Find out who opens them, or raise the limit of open files';
    logger.warn({ event: 'connections_full' }, message);
  } else logger.info({ event: 'connections_not_full' }, 'room for connections again');
}

/** The admin port never asks for a key. A passed socket's address only shows at start: it is what its unit says. */
function isAdminLocal({ server: { admin, allowUnauthenticated } }: Config): boolean {
  return admin !== null && !allowUnauthenticated && admin.descriptor === null && isLoopback(admin.host);
}
