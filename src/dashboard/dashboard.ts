/*
 * Open this file first: it is the page at `/` and what the page needs besides the REST API. `routes/` has its operations (`undocumented.ts`),
 * `session/` the login, `phones/` the screens of sandbox phones, and `page/` the page itself, which runs in the browser and
 * imports nothing of the relay. `page-files.ts` reads the built page, `figures.ts` reads the metrics for the overview, and
 * `services.ts` is what all of it may use.
 */

import type { IncomingMessage } from 'node:http';
import { createAuthenticate } from '../api/principal';
import { serve, type BrowserCaller, type RequestHandler } from '../api/serve';
import { SecretSet } from '../shared/secret-set';
import { PageFiles } from './page-files';
import { PhoneStreams } from './phones/phone-streams';
import { getConfiguration } from './routes/get-configuration';
import { getFigures } from './routes/get-figures';
import { getPage, getPageFile } from './routes/get-page';
import { getPhones, postPhoneMessage } from './routes/phones';
import { deleteSession, getSession, postSession } from './routes/session';
import type { DashboardServices } from './services';
import { createBrowserCaller } from './session/caller';
import { isForeignChange } from './session/own-page';
import { Sessions } from './session/sessions';

export interface DashboardOptions {
  /** Of servers; the login asks for one of them. Empty: this machine alone may call, and there is no login. */
  readonly apiKeys: readonly string[];
  /** CIDRs of the proxies whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[];
}

export interface Dashboard {
  readonly handler: RequestHandler;
  /** Of request targets. */
  takes(url: string | undefined): boolean;
  /** How the page calls the REST API. */
  readonly browser: BrowserCaller;
  /** Whether the request may use the REST API through the dashboard's own port. */
  admits(request: IncomingMessage): boolean;
  setKeys(keys: readonly string[]): void;
  /** Ends what pages keep open. */
  close(): void;
}

/** Bodies are a login, or a message of a few lines. */
const maxBodyBytes = 64 * 1024;

export function createDashboard(options: DashboardOptions, services: DashboardServices): Dashboard {
  const sessions = new Sessions(options.apiKeys, services.clock);
  const browser = createBrowserCaller(sessions);
  let keys = new SecretSet(options.apiKeys);
  const streams = services.phones === null ? null : new PhoneStreams(services.phones.screens);
  const handler = serve(
    {
      operations: operationsOf(options, sessions, streams, services),
      authenticate: createAuthenticate(() => keys, null),
      maxBodyBytes,
      localOnly: () => keys.isEmpty,
      browser: { ...browser, isForeign: isForeignCall },
    },
    services,
  );
  return {
    handler,
    takes: (url) => url !== undefined && /^\/(?:\?|$|dashboard(?:[/?]|$))/.test(url),
    browser,
    admits: (request) => keys.isEmpty || browser.principal(request) !== null,
    setKeys: (next) => {
      keys = new SecretSet(next);
      sessions.setKeys(next);
    },
    close: () => streams?.close(),
  };
}

/** Also before the login: a page of another origin must not sign its visitor in. */
function isForeignCall(request: IncomingMessage): boolean {
  return request.headers.authorization === undefined && isForeignChange(request);
}

function operationsOf(
  { trustedProxies }: DashboardOptions,
  sessions: Sessions,
  streams: PhoneStreams | null,
  services: DashboardServices,
) {
  const { phones } = services;
  const files = new PageFiles(phones !== null);
  return [
    getPage(files),
    getSession(sessions, services),
    postSession(sessions, trustedProxies, services),
    deleteSession(),
    getFigures(services),
    getConfiguration(services),
    ...(phones !== null && streams !== null ? [getPhones(streams), postPhoneMessage(phones, services)] : []),
    getPageFile(files),
  ];
}
