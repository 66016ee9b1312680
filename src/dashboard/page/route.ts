import { useEffect, useState } from 'preact/hooks';

export const pageNames = [
  'overview',
  'phones',
  'messages',
  'users',
  'dead-letters',
  'configuration',
] as const;
export type PageName = (typeof pageNames)[number];

/** Where the page is: `#/users/carol`, or `#/messages?uid=carol`. */
export interface Route {
  readonly page: PageName;
  readonly id: string | null;
  readonly uid: string | null;
}

export function hrefOf(page: PageName, id?: string): string {
  return id === undefined ? `#/${page}` : `#/${page}/${encodeURIComponent(id)}`;
}

export function recentHref(uid: string): string {
  return `#/messages?uid=${encodeURIComponent(uid)}`;
}

export function useRoute(): Route {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const read = () => setHash(location.hash);
    addEventListener('hashchange', read);
    return () => removeEventListener('hashchange', read);
  }, []);
  return readRoute(hash);
}

function readRoute(hash: string): Route {
  const [target = '', query = ''] = hash.replace(/^#\/?/, '').split('?');
  const [name = '', id = ''] = target.split('/');
  const page = pageNames.find((each) => each === name) ?? 'overview';
  return { page, id: id === '' ? null : decode(id), uid: new URLSearchParams(query).get('uid') };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
