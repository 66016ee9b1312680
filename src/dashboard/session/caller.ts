import type { IncomingMessage } from 'node:http';
import type { BrowserCaller } from '../../api/serve';
import { isForeignChange } from './own-page';
import { readSessionCookies } from './session-cookie';
import type { Sessions } from './sessions';

/** The page as the API sees it: the server, while a session is open. */
export function createBrowserCaller(sessions: Sessions): BrowserCaller {
  const hasSession = ({ headers }: IncomingMessage): boolean =>
    headers.authorization === undefined &&
    readSessionCookies(headers.cookie).some((session) => sessions.isOpen(session));
  return {
    principal: (request) => (hasSession(request) ? { kind: 'server' } : null),
    isForeign: (request) => hasSession(request) && isForeignChange(request),
  };
}
