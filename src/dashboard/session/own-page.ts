import type { IncomingMessage } from 'node:http';

const changesNothing: ReadonlySet<string | undefined> = new Set(['GET', 'HEAD', 'OPTIONS']);

type Request = Pick<IncomingMessage, 'method' | 'headers'>;

/**
 * Whether a change comes from a page of another origin. SameSite cookies alone do not tell: another port of this machine is
 * the same site. Browsers name the relation themselves (`Sec-Fetch-Site`), also where a proxy changes the Host; where they do
 * not, because the page came without TLS, Origin and Host are compared.
 */
export function isForeignChange({ method, headers }: Request): boolean {
  if (changesNothing.has(method)) return false;
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin') return true;
  const { origin } = headers;
  if (origin === undefined) return true;
  if (!URL.canParse(origin)) return true;
  return site === undefined && new URL(origin).host !== headers.host?.toLowerCase();
}
