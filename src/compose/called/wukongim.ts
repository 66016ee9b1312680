import type { ReadinessCheck } from '../../api/services';
import type { WukongimConfig } from '../../config/sections/called/wukongim';
import { OnlineUsers } from '../../wukongim/online-users';
import { WukongimClient } from '../../wukongim/wukongim-client';
import { createWukongimEvents } from '../../wukongim/wukongim-events';
import { connectToService } from '../service-client';
import { answersCheck, type Surroundings } from './service';

export interface WukongimParts {
  readonly onlineUsers: OnlineUsers;
  /** Once nothing asks any more. */
  readonly close: () => Promise<void>;
}

/** Null where no address is configured. */
export function createWukongim(
  config: WukongimConfig | null,
  { registry, logger, clock, ca }: Surroundings,
): WukongimParts | null {
  if (config === null) return null;
  const { apiUrl, proxyUrl, managerToken, timeoutMs } = config;
  const http = connectToService(
    { baseUrl: apiUrl, proxyUrl, maxConnections, connectTimeoutMs: timeoutMs },
    ca,
  );
  const client = new WukongimClient(http, { managerToken: managerToken?.reveal() ?? null, timeoutMs });
  const events = createWukongimEvents({ logger, registry });
  return { onlineUsers: new OnlineUsers({ client, clock, events }), close: () => http.close(0) };
}

export function wukongimChecks({ health }: OnlineUsers): ReadinessCheck[] {
  return [
    answersCheck(
      'wukongim',
      "WuKongIM's API",
      health.outage,
      'Pushes go out to users who are online, too. ' +
        'Check wukongim.api_url (port 5001), and wukongim.manager_token where v2 has a managerToken.',
    ),
  ];
}

const maxConnections = 16;
