import type { IncomingMessage } from 'node:http';

/** What shows that a request was not made for this machine: its Host (or the authority of its target), or its Origin. */
export interface ForeignSign {
  readonly header: 'host' | 'origin';
  /** As it came; cut, because strangers write it. */
  readonly value: string;
}

type Request = Pick<IncomingMessage, 'url' | 'rawHeaders'>;

/**
 * A server on loopback that asks for no secret is reached by every web page that the machine's user opens: by DNS rebinding
 * under the page's own name (the Host tells), or across sites (the Origin tells). Null: neither.
 */
export function foreignSign(request: Request): ForeignSign | null {
  const hosts = valuesOf(request, 'host');
  const authority = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(request.url ?? '')?.[1];
  const names = authority === undefined ? hosts : [...hosts, authority];
  const foreign = hosts.length === 1 ? names.find((name) => !isLocalAuthority(name)) : hosts.join(', ');
  if (foreign !== undefined) return { header: 'host', value: foreign.slice(0, mostShown) };
  return foreignOrigin(request);
}

/** The part of it that holds where the address of the caller is what is checked: servers send no Origin, pages do. */
export function foreignOrigin(request: Request): ForeignSign | null {
  const foreign = valuesOf(request, 'origin').find((origin) => {
    const authority = /^https?:\/\/([^/?#]+)$/i.exec(origin)?.[1];
    return authority === undefined || !isLocalAuthority(authority);
  });
  return foreign === undefined ? null : { header: 'origin', value: foreign.slice(0, mostShown) };
}

/** `localhost`, names below it, 127.0.0.0/8 and ::1 in all their spellings, with or without a port. */
export function isLocalAuthority(authority: string): boolean {
  if (!/^(?:[\w.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i.test(authority)) return false;
  const url = `http://${authority}`;
  // As browsers read it: 127.1, 0x7f000001 and 127.0.0.1. are one address.
  if (!URL.canParse(url)) return false;
  const host = new URL(url).hostname.replace(/\.$/, '');
  return (
    /^(?:[\w-]+\.)*localhost$/.test(host) ||
    /^127\.\d+\.\d+\.\d+$/.test(host) ||
    host === '[::1]' ||
    /^\[::ffff:7f[0-9a-f]{2}:[0-9a-f]{1,4}\]$/.test(host)
  );
}

/** Also those that Node drops because they come twice. */
function valuesOf({ rawHeaders }: Request, wanted: string): string[] {
  const values: string[] = [];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    if (name.length === wanted.length && name.toLowerCase() === wanted) values.push(rawHeaders[at + 1] ?? '');
  }
  return values;
}

const mostShown = 100;
