import { z } from 'zod';
import { json, type Answer } from '../../api/answer';
import { defineOperation, type Operation } from '../../api/operation';
import { problem } from '../../api/problem';
import { AddressSet } from '../../shared/address-set';
import { clientAddress } from '../../webhook/client-address';
import type { DashboardServices } from '../services';
import { sessionCookie } from '../session/session-cookie';
import type { Sessions } from '../session/sessions';
import { WrongKeys } from '../session/wrong-keys';
import { undocumented } from '../undocumented';

const path = '/dashboard/session';
const dashboard = { ...undocumented, path, callers: ['anyone'] } as const;

export function getSession(sessions: Sessions, { version, phones }: DashboardServices): Operation {
  return defineOperation({
    ...dashboard,
    id: 'getDashboardSession',
    method: 'get',
    summary: 'Whether a session is open',
    handle: ({ principal }) =>
      Promise.resolve(
        json(200, {
          signed_in: principal !== null,
          needs_key: sessions.needsKey,
          sandbox: phones !== null,
          version,
        }),
      ),
  });
}

/** `trustedProxies`: CIDRs whose X-Forwarded-For is believed. */
export function postSession(
  sessions: Sessions,
  trustedProxies: readonly string[],
  { clock, events }: DashboardServices,
): Operation {
  const wrongKeys = new WrongKeys(clock);
  const proxies = new AddressSet(trustedProxies);
  return defineOperation({
    ...dashboard,
    id: 'openDashboardSession',
    method: 'post',
    summary: 'Open a session',
    headers: z.looseObject({ 'x-forwarded-for': z.string().optional(), origin: z.string().optional() }),
    body: z.strictObject({ key: z.string().max(4096) }),
    handle: ({ body, headers, peer, requestId }): Promise<Answer> => {
      const address = clientAddress(peer, headers['x-forwarded-for'], proxies) ?? 'unknown';
      const seconds = wrongKeys.waitSeconds(address);
      if (seconds > 0) return Promise.resolve(tooMany(seconds));
      const session = sessions.open(body.key);
      if (session === null) {
        wrongKeys.add(address);
        events.unauthenticated({ requestId, code: 'dashboard_login', address });
        return Promise.resolve(
          problem('unauthenticated', 'This is not a configured API key (api.keys, API_KEYS).'),
        );
      }
      events.dashboardEntered({ requestId, address });
      return Promise.resolve(cookieAnswer(session, headers.origin));
    },
  });
}

export function deleteSession(): Operation {
  return defineOperation({
    ...dashboard,
    id: 'closeDashboardSession',
    method: 'delete',
    summary: 'End the session of this browser',
    headers: z.looseObject({ origin: z.string().optional() }),
    handle: ({ headers }) => Promise.resolve(cookieAnswer(null, headers.origin)),
  });
}

function cookieAnswer(session: string | null, origin = ''): Answer {
  const isHttps = origin.startsWith('https:');
  return { kind: 'empty', headers: { 'set-cookie': sessionCookie(session, isHttps) } };
}

function tooMany(seconds: number): Answer {
  const detail = `Too many wrong API keys came from this address. Wait ${seconds} s.`;
  return problem('too_many_wrong_keys', detail, { headers: { 'retry-after': String(seconds) } });
}
