import type { Seeded } from '../fuzz/seeded';

/**
 * Answers that a provider cannot have given, by grammar: everything that stands in front of APNs, FCM or Google's token
 * endpoint in the wild (proxies, portals, gateways, other services), and the provider's own words spoilt on the way.
 */
export interface HostileAnswer {
  /** Which rule of the grammar made it. */
  readonly rule: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: Buffer;
  /** whole: it ends in good order. short: fewer bytes than `content-length` says. reset: RST_STREAM in the middle. */
  readonly ending: 'whole' | 'short' | 'reset';
}

/** Whose answer it would be; `id` is the request's `apns-id`, `project` the Firebase project. */
export type Victim =
  | { readonly provider: 'apns'; readonly id: string }
  | { readonly provider: 'fcm'; readonly project: string }
  | { readonly provider: 'oauth' };

type Draft = Partial<Pick<HostileAnswer, 'headers' | 'body' | 'ending'>> & { readonly status: number };
type Rule = (random: Seeded, victim: Victim) => Draft;

export const rules: Readonly<Record<string, Rule>> = {
  page: (random) => ({
    status: anyStatus(random),
    headers: { 'content-type': random.one(htmlTypes) },
    body: text(page(random)),
  }),
  'page without a type': (random) => ({ status: anyStatus(random), body: text(page(random)) }),
  'page called JSON': (random) => ({
    status: anyStatus(random),
    headers: { 'content-type': 'application/json' },
    body: text(page(random)),
  }),
  nothing: (random) => ({
    status: anyStatus(random),
    headers: random.one([{}, json, { 'content-length': '0' }]),
  }),
  'plain words': (random) => ({
    status: anyStatus(random),
    headers: { 'content-type': 'text/plain' },
    body: text(
      random.one(['OK', 'ok\n', 'healthy', 'Not Found', 'upstream connect error', 'no healthy upstream']),
    ),
  }),
  'other JSON': (random) => ({
    status: anyStatus(random),
    headers: random.one([json, {}]),
    body: text(JSON.stringify(otherJson(random, 3))),
  }),
  'error of another service': (random) => ({
    status: random.one([400, 401, 403, 404, 410, 413, 429, 500, 503]),
    headers: json,
    body: text(JSON.stringify(random.one(otherErrors))),
  }),
  redirection: (random) => ({
    status: random.one([301, 302, 303, 307, 308]),
    headers: { location: random.one(['/login', 'https://portal.example/?to=1', 'http://10.0.0.1/']) },
  }),
  'other success': (random) => ({ status: random.one([201, 202, 203, 204, 205, 206, 226, 299]) }),
  'status of a proxy': (random) => ({
    status: random.one([402, 407, 408, 414, 418, 421, 431, 444, 451, 494, 499, 502, 504, 511, 520, 524, 599]),
    headers: { 'content-type': random.one(htmlTypes), 'retry-after': hostileRetryAfter(random) },
    body: text(page(random)),
  }),
  'own words under another type': (random, victim) => {
    const own = ownError(random, victim);
    return {
      ...own,
      headers: { ...own.headers, 'content-type': random.one([...htmlTypes, 'text/plain', 'image/png']) },
    };
  },
  'own words with another status': (random, victim) => {
    const own = ownError(random, victim);
    const others = [200, 204, 302, 402, 404, 405, 409, 500, 502, 503].filter(
      (status) => status !== own.status,
    );
    return { ...own, status: random.one(victim.provider === 'oauth' ? [200, 204, 302] : others) };
  },
  'own words in a list': (random, victim) => {
    const own = ownError(random, victim);
    return { ...own, body: Buffer.concat([text('['), own.body, text(']')]) };
  },
  'own words cut off': (random, victim) => {
    const own = ownError(random, victim);
    return { ...own, body: own.body.subarray(0, 1 + random.below(own.body.length - 1)) };
  },
  'own words in broken UTF-8': (random, victim) => {
    const own = ownError(random, victim);
    const at = own.body.lastIndexOf('}');
    const broken = text(',"x":"');
    return {
      ...own,
      body: Buffer.concat([own.body.subarray(0, at), broken, Buffer.of(0xff, 0xc3), text('"}')]),
    };
  },
  'misspelt words': (random, victim) => misspelt(random, victim),
  'success, spoilt': (random, victim) => spoiltSuccess(random, victim),
  'fewer bytes than promised': (random, victim) => {
    const own = ownError(random, victim);
    return {
      ...own,
      headers: { ...own.headers, 'content-length': String(own.body.length + 1 + random.below(100)) },
      ending: 'short',
    };
  },
  'reset in the middle': (random, victim) => ({ ...ownError(random, victim), ending: 'reset' }),
  megabytes: (random) => ({
    status: anyStatus(random),
    headers: { 'content-type': random.one(htmlTypes) },
    body: Buffer.alloc(70_000 + random.below(2_000_000), page(random)),
  }),
  noise: (random) => ({ status: anyStatus(random), body: random.bytes(1 + random.below(400)) }),
};

export function hostileAnswer(random: Seeded, victim: Victim, rule?: string): HostileAnswer {
  const name = rule ?? random.one(Object.keys(rules));
  const draft = rules[name]?.(random, victim);
  if (draft === undefined) throw new Error(`no rule ${name}`);
  // These have no body by their own rules.
  const bodiless = draft.status === 204 || draft.status === 205 || draft.status === 304;
  return {
    rule: name,
    headers: {},
    ending: 'whole',
    ...draft,
    body: bodiless ? Buffer.alloc(0) : (draft.body ?? Buffer.alloc(0)),
    ...(bodiless ? { ending: 'whole' as const, headers: {} } : {}),
  };
}

/** What no reader should wait for, or crash on. */
export function hostileRetryAfter(random: Seeded): string {
  return random.one([
    '0',
    '-1',
    '-99999999999',
    '1e9',
    '99999999999999999999',
    'NaN',
    'soon',
    '3.5',
    '0x10',
    'Thu, 01 Jan 1970 00:00:00 GMT',
    'Fri, 31 Dec 9999 23:59:59 GMT',
    'Mon, 99 Foo 2026 99:99:99 GMT',
    '2026-01-01T00:00:00Z',
    '5, 10',
  ]);
}

/** The provider's own refusal as it would be whole, with a status that fits. */
export function ownError(
  random: Seeded,
  victim: Victim,
): { status: number; headers: Readonly<Record<string, string>>; body: Buffer } {
  switch (victim.provider) {
    case 'apns': {
      const [status, reason] = random.one(apnsErrors);
      const body = { reason, ...(status === 410 ? { timestamp: 1_700_000_000_123 } : {}) };
      return { status, headers: { 'apns-id': victim.id }, body: text(JSON.stringify(body)) };
    }
    case 'fcm': {
      const [code, status, errorCode] = random.one(fcmErrors);
      const details = [{ '@type': 'type.googleapis.com/google.firebase.fcm.v1.FcmError', errorCode }];
      const error = { code, message: 'Requested entity was not found.', status, details };
      return { status: code, headers: json, body: text(JSON.stringify({ error })) };
    }
    case 'oauth': {
      const error = random.one(['invalid_grant', 'invalid_client', 'unauthorized_client', 'invalid_scope']);
      const body = { error, error_description: 'Invalid JWT Signature.' };
      return { status: random.one([400, 401]), headers: json, body: text(JSON.stringify(body)) };
    }
    default:
      return victim satisfies never;
  }
}

function misspelt(random: Seeded, victim: Victim): Draft {
  switch (victim.provider) {
    case 'apns': {
      const reason = random.one([
        7,
        null,
        true,
        [],
        {},
        '',
        'gone',
        'not found',
        'Un-registered',
        'x'.repeat(99),
        '<b>',
      ]);
      const dead = random.one([
        { reason: 'Unregistered' },
        { reason: 'Unregistered', timestamp: 'yesterday' },
        { reason: 'Unregistered', timestamp: 1_700_000_000 },
        { reason: 'Unregistered', timestamp: -1 },
        { reason: 'ExpiredToken', timestamp: null },
      ]);
      const status = random.one([400, 403, 404, 410, 413]);
      return random.one([
        { status, headers: json, body: text(JSON.stringify({ reason, timestamp: 1_700_000_000_123 })) },
        { status: 410, headers: json, body: text(JSON.stringify(dead)) },
      ]);
    }
    case 'fcm': {
      const error = random.one([
        'NOT_FOUND',
        { code: 404 },
        { code: 404, status: 'GONE' },
        { code: 410, status: 'NOT_FOUND' },
        { code: 404, status: 'not_found', details: [{ '@type': 'x.FcmError', errorCode: 'UNREGISTERED' }] },
        { details: [{ '@type': 'x.FcmError', errorCode: 'UNREGISTERED' }] },
        { code: 404, status: 404 },
      ]);
      return { status: 404, headers: json, body: text(JSON.stringify({ error })) };
    }
    case 'oauth': {
      const error = random.one([7, null, {}, 'Forbidden', 'invalid grant', 'INVALID', '<b>', '']);
      return { status: random.one([400, 401, 403]), headers: json, body: text(JSON.stringify({ error })) };
    }
    default:
      return victim satisfies never;
  }
}

function spoiltSuccess(random: Seeded, victim: Victim): Draft {
  switch (victim.provider) {
    case 'apns':
      return random.one<Draft>([
        { status: 200 },
        { status: 200, headers: { 'apns-id': 'unknown' } },
        { status: 200, headers: { 'apns-id': '' } },
        { status: 200, headers: { 'apns-id': [victim.id, victim.id] } },
        {
          status: 200,
          headers: { 'apns-id': victim.id, 'content-type': 'text/html' },
          body: text(page(random)),
        },
        { status: 200, headers: { 'apns-id': victim.id }, body: text('{}') },
        { status: 200, headers: { 'apns-id': victim.id }, body: text('{"reason":"BadDeviceToken"}') },
        { status: 204, headers: { 'apns-id': victim.id } },
      ]);
    case 'fcm': {
      const { project } = victim;
      const name = random.one([
        7,
        null,
        '',
        project,
        `projects/${project}`,
        `projects/${project}/messages/`,
        `projects/${project}/messages/a b`,
        `projects/${project}/tokens/1`,
        `projects/other-${project}/messages/1`,
        `x/projects/${project}/messages/1`,
      ]);
      return random.one<Draft>([
        { status: 200, headers: json, body: text(JSON.stringify({ name })) },
        { status: 200, headers: json, body: text('{}') },
        {
          status: 200,
          headers: json,
          body: text(JSON.stringify([{ name: `projects/${project}/messages/1` }])),
        },
        {
          status: 200,
          headers: { 'content-type': 'text/html' },
          body: text(`{"name":"projects/${project}/messages/1"}`),
        },
        { status: 201, headers: json, body: text(`{"name":"projects/${project}/messages/1"}`) },
      ]);
    }
    case 'oauth': {
      const access_token = random.one([
        undefined,
        7,
        null,
        '',
        'a b',
        'a\r\nb',
        'x'.repeat(9_000),
        'tökén',
        ['x'],
        {},
      ]);
      return random.one<Draft>([
        { status: 200, headers: json, body: text(JSON.stringify({ access_token, expires_in: 3599 })) },
        { status: 200, headers: json, body: text('{"access_token":"abc","token_type":"mac"}') },
        { status: 200, headers: { 'content-type': 'text/html' }, body: text('{"access_token":"abc"}') },
      ]);
    }
    default:
      return victim satisfies never;
  }
}

/** JSON of any shape that has neither a `reason` nor a `name` nor Google's `error`. */
function otherJson(random: Seeded, depth: number): unknown {
  const leaf = [null, true, 0, -1.5, 1e21, '', 'ok', '\u0000', '😀', 'projects/x/messages/1'];
  if (depth === 0 || random.below(4) === 0) return random.one(leaf);
  const count = random.below(4);
  if (random.below(2) === 0) return Array.from({ length: count }, () => otherJson(random, depth - 1));
  const keys = ['status', 'ok', 'message', 'data', 'id', '__proto__', 'constructor', 'aps', 'x'.repeat(100)];
  return Object.fromEntries(
    Array.from({ length: count }, () => [random.one(keys), otherJson(random, depth - 1)]),
  );
}

function page(random: Seeded): string {
  const title = random.one([
    'Sign in',
    '登录',
    'Web filter: blocked',
    '404 Not Found',
    '502 Bad Gateway',
    '',
  ]);
  return random.one([
    `<!DOCTYPE html><html><head><title>${title}</title></head><body><form>password</form></body></html>`,
    `<html>\r\n<head><title>${title}</title></head>\r\n<body><center><h1>${title}</h1></center><hr>nginx</body></html>`,
    `<${'div><'.repeat(random.below(200))}`,
    `{"reason": "BadDeviceToken"<html>`,
  ]);
}

function anyStatus(random: Seeded): number {
  return random.below(3) === 0 ? 200 : random.one(statuses);
}

const statuses = [
  200, 201, 202, 204, 206, 301, 302, 304, 307, 400, 401, 402, 403, 404, 405, 406, 407, 408, 409, 410, 411,
  413, 415, 418, 421, 422, 429, 431, 451, 499, 500, 501, 502, 503, 504, 507, 511, 520, 599,
];
const htmlTypes = ['text/html', 'text/html; charset=UTF-8', 'TEXT/HTML;charset=gbk', 'application/xhtml+xml'];
const json: Readonly<Record<string, string>> = { 'content-type': 'application/json; charset=UTF-8' };

/** What the APIs of other products answer with; some of their words are Apple's or Google's by chance. */
const otherErrors: readonly object[] = [
  { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'Forbidden', code: 403 },
  { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'NotFound', code: 404 },
  { error: 'not_found', reason: 'missing' },
  { message: 'no Route matched with those values' },
  { code: 404, message: 'page not found' },
  { error: { code: 404, message: 'Not found' } },
  { errors: [{ status: '410', title: 'Gone' }] },
  { success: false, error: { type: 'invalid_request' } },
  { type: 'about:blank', title: 'Gone', status: 410 },
];

const apnsErrors: readonly (readonly [number, string])[] = [
  [400, 'BadDeviceToken'],
  [400, 'DeviceTokenNotForTopic'],
  [400, 'TopicDisallowed'],
  [403, 'InvalidProviderToken'],
  [403, 'ExpiredProviderToken'],
  [410, 'Unregistered'],
  [410, 'ExpiredToken'],
  [413, 'PayloadTooLarge'],
  [429, 'TooManyRequests'],
  [429, 'TooManyProviderTokenUpdates'],
];

const fcmErrors: readonly (readonly [number, string, string])[] = [
  [404, 'NOT_FOUND', 'UNREGISTERED'],
  [400, 'INVALID_ARGUMENT', 'INVALID_ARGUMENT'],
  [403, 'PERMISSION_DENIED', 'SENDER_ID_MISMATCH'],
  [429, 'RESOURCE_EXHAUSTED', 'QUOTA_EXCEEDED'],
  [401, 'UNAUTHENTICATED', 'THIRD_PARTY_AUTH_ERROR'],
];

function text(value: string): Buffer {
  return Buffer.from(value);
}
