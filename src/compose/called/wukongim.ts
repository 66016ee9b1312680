import type { Registry } from 'prom-client';
import type { ReadinessCheck } from '../../api/services';
import type { WukongimConfig } from '../../config/sections/called/wukongim';
import type { Clock } from '../../domain/clock';
import type { Logger } from '../../domain/logger';
import { createHttp1Client } from '../../transport/http1-client';
import { OnlineUsers } from '../../wukongim/online-users';
import { WukongimClient } from '../../wukongim/wukongim-client';
import { createWukongimEvents } from '../../wukongim/wukongim-events';

export interface WukongimParts {
  readonly onlineUsers: OnlineUsers;
  /** Once nothing asks any more. */
  readonly close: () => Promise<void>;
}

interface Surroundings {
  readonly registry: Registry;
  readonly logger: Logger;
  readonly clock: Clock;
  /** PEM to trust instead of Node's own; null: Node's own. */
  readonly ca: string | null;
}

/** Null where no address is configured. */
export function createWukongim(
  config: WukongimConfig | null,
  { registry, logger, clock, ca }: Surroundings,
): WukongimParts | null {
  if (config === null) return null;
  const { timeoutMs } = config;
  const http = createHttp1Client({
    baseUrl: config.apiUrl,
    proxyUrl: config.proxyUrl?.reveal() ?? null,
    maxConnections,
    tls: ca === null ? {} : { ca },
    connectTimeoutMs: timeoutMs,
    idleTimeoutMs,
    plainHosts: 'anywhere',
  });
  const client = new WukongimClient(http, { managerToken: config.managerToken?.reveal() ?? null, timeoutMs });
  const events = createWukongimEvents({ logger, registry });
  return { onlineUsers: new OnlineUsers({ client, clock, events }), close: () => http.close(0) };
}

export function wukongimChecks({ health }: OnlineUsers): ReadinessCheck[] {
  const { outage } = health;
  const name = 'wukongim';
  if (outage === null)
    return [{ name, status: 'ok', detail: "WuKongIM's API answers, or has not been asked." }];
  const since = new Date(outage.sinceMs).toISOString();
  return [
    {
      name,
      status: 'degraded',
      detail:
        `WuKongIM's API has not answered since ${since}: ${outage.reason}. Pushes go out to users who are online, too. ` +
        'Check wukongim.api_url (port 5001), and wukongim.manager_token where v2 has a managerToken.',
    },
  ];
}

const maxConnections = 16;
/** Below what servers usually keep a connection for, so that it is not cut while a question is on it. */
const idleTimeoutMs = 4_000;
