export interface WebhookTarget {
  /** Null when the URL names none: an address with a `#fragment` loses it on v2, a 307 loses it everywhere. */
  readonly event: string | null;
  /** Secrets that the URL offers, as decoded from its path and query, each once. */
  readonly offeredSecrets: readonly string[];
}

const base = '/webhook';
const absoluteForm = /^https?:\/\/[^/?#]*/i;

function pathAndQuery(url: string): string {
  return url.startsWith('/') ? url : url.replace(absoluteForm, '');
}

/** True for `/webhook` and what lies below it. Cheap: the server asks it of every request. */
export function isWebhookPath(url: string | undefined): boolean {
  if (url === undefined) return false;
  const path = pathAndQuery(url);
  if (!path.startsWith(base)) return false;
  const next = path[base.length];
  return next === undefined || next === '/' || next === '?' || next === '#';
}

function unescape(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** v2 appends `?event=…` to whatever the configured address ends with: `?token=abc?event=msg.offline`. */
function queryPairs(query: string): string[] {
  const appended = query.lastIndexOf('?event=');
  if (appended === -1) return query.split('&');
  return [...query.slice(0, appended).split('&'), ...query.slice(appended + 1).split('&')];
}

const known: ReadonlySet<string> = new Set(['msg.offline', 'user.onlinestatus', 'msg.notify']);

/** Of what may be a known name; in longer ones the search for blanks at the end would take a stranger's request half a second. */
const longestMeant = 64;

/** A slash behind the configured address, another case or blanks make no other event of it. */
function meant(name: string): string {
  if (known.has(name) || name.length > longestMeant) return name;
  const plain = name
    .replaceAll('+', ' ')
    .replace(/[\s/]+$/, '')
    .trim()
    .toLowerCase();
  return known.has(plain) ? plain : name;
}

function readQuery(query: string, secrets: string[]): string | null {
  const events: string[] = [];
  for (const pair of queryPairs(query)) {
    if (pair.startsWith('event=')) events.push(meant(unescape(pair.slice(6))));
    else if (pair.startsWith('token=')) {
      const written = pair.slice(6);
      secrets.push(unescape(written));
      // v2 sends the operator's text as it is, main re-encodes it as a form: a plus is itself or a space.
      if (written.includes('+')) secrets.push(unescape(written.replaceAll('+', ' ')));
    }
  }
  // WuKongIM appends its own behind what the configured address may hold.
  return events.findLast((name) => known.has(name)) ?? events.findLast((name) => name !== '') ?? null;
}

/** `/webhook[/SECRET][/]?event=NAME`, with `token=SECRET` anywhere in the query. Null for any other path. */
export function parseTarget(url: string): WebhookTarget | null {
  if (!isWebhookPath(url)) return null;
  const [whole = ''] = pathAndQuery(url).split('#', 1);
  const question = whole.indexOf('?');
  const path = question === -1 ? whole : whole.slice(0, question);
  const secrets: string[] = [];
  if (path.length > base.length + 1) {
    const segment = path.endsWith('/') ? path.slice(base.length + 1, -1) : path.slice(base.length + 1);
    if (segment === '' || segment.includes('/')) return null;
    secrets.push(unescape(segment));
  }
  return {
    event: question === -1 ? null : readQuery(whole.slice(question + 1), secrets),
    offeredSecrets: secrets.length > 1 ? [...new Set(secrets)] : secrets,
  };
}
