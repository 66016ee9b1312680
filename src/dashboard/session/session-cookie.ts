import { sessionMs } from './sessions';

const name = 'relay_session';

/** What a `Cookie` header holds as sessions: another host of the same domain may have set one beside the page's own. */
export function readSessionCookies(header: string | undefined): readonly string[] {
  const found = (header ?? '').split(';').flatMap((pair) => {
    const at = pair.indexOf('=');
    return at > 0 && pair.slice(0, at).trim() === name ? pair.slice(at + 1).trim() : [];
  });
  return found.slice(0, mostSessions);
}

/** Each is checked with each key: with 200 of them, a stranger's request took ten times the CPU. */
const mostSessions = 4;

/** A `Set-Cookie` value that scripts cannot read and that no other site makes the browser send. Null ends the session. */
export function sessionCookie(session: string | null, isHttps: boolean): string {
  const age = session === null ? 0 : sessionMs / 1000;
  const flags = `Path=/; Max-Age=${age}; HttpOnly; SameSite=Strict${isHttps ? '; Secure' : ''}`;
  return `${name}=${session ?? ''}; ${flags}`;
}
