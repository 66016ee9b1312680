import type { ApiServices } from '../../api/services';
import { isLoopback } from '../../config/cidr';
import type { Config } from '../../config/config';
import type { ShownKey } from '../../config/masked-config';
import { createDashboard, type Dashboard } from '../../dashboard/dashboard';
import type { PhoneScreens } from '../../dashboard/phones/phone-screens';
import type { RequestHandler } from '../../http/http-server';
import type { Reloadable } from '../reload';
import { relayVersion } from '../version';

interface DashboardContext {
  readonly config: Config;
  readonly services: ApiServices;
  /** Null: the providers are real. */
  readonly screens: PhoneScreens | null;
  readonly configuration: () => readonly ShownKey[];
  /** Where the webhook listens; null: not yet, or on no address. */
  readonly webhookUrl: () => string | null;
}

export interface ComposedDashboard {
  /** Null: it would be open to strangers. */
  readonly dashboard: Dashboard | null;
  /** What a reload changes, with the dashboard told of it, too. */
  readonly reloading: (parts: Pick<Reloadable, 'webhook' | 'api'>) => Pick<Reloadable, 'webhook' | 'api'>;
}

export function composeDashboard(context: DashboardContext): ComposedDashboard {
  const { config, services, screens, configuration, webhookUrl } = context;
  let [secret = null] = config.webhook.secrets.map((each) => each.reveal());
  const phones = screens && {
    screens,
    webhook: () => {
      const url = webhookUrl();
      return url?.startsWith('http:') === true ? { url, secret } : null;
    },
  };
  const dashboard = isSafe(config)
    ? createDashboard(
        {
          apiKeys: config.api.keys.map((key) => key.reveal()),
          trustedProxies: config.server.trustedProxies,
        },
        { ...services, version: relayVersion(), configuration, phones },
      )
    : null;
  return {
    dashboard,
    reloading: ({ webhook, api }) => ({
      webhook: {
        setSecrets: (secrets) => {
          webhook.setSecrets(secrets);
          [secret = null] = secrets;
        },
      },
      api: {
        setKeys: (keys) => {
          api.setKeys(keys);
          dashboard?.setKeys(keys);
        },
      },
    }),
  };
}

/** With a key there is a login. Without one, only this machine may reach the page; a passed socket's address shows too late. */
function isSafe({ api, server }: Config): boolean {
  const { host, descriptor } = server.admin ?? server;
  return api.keys.length > 0 || (descriptor === null && isLoopback(host));
}

/** The dashboard before everything else that the server answers. */
export function besideApi(dashboard: Dashboard | null, api: RequestHandler): RequestHandler {
  if (dashboard === null) return api;
  return (request, response) => {
    if (dashboard.takes(request.url)) dashboard.handler(request, response);
    else api(request, response);
  };
}

/** On a port of its own the page reaches the REST API there, too, which is open to the page alone. */
export function besideAdmin(
  dashboard: Dashboard | null,
  api: RequestHandler,
  admin: RequestHandler,
): RequestHandler {
  if (dashboard === null) return admin;
  return (request, response) => {
    if (dashboard.takes(request.url)) dashboard.handler(request, response);
    else if (request.url?.startsWith('/v1/') === true && dashboard.admits(request)) api(request, response);
    else admin(request, response);
  };
}
