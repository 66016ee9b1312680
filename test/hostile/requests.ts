import { createHmac } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { Seeded } from '../fuzz/seeded';
import { messageBody } from '../helpers/client';
import { apiKey, webhookSecret } from '../helpers/fakes';
import { hostileBodies, type HostileBody } from './bodies';
import { rightAnswers } from './right-answers';

/** A request with a hostile body, and what a correct relay may answer to it. */
export interface HostileRequest {
  /** Of which kind it is, and of what it is made. */
  readonly kind: string;
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Sent in chunks, with no length said before. */
  readonly isChunked: boolean;
  readonly right: ReadonlySet<number>;
}

const mostBytes = 4_000_000;
const mostWebhookBytes = 32 * 1024 * 1024;
/** As configured by default. */
const mostApiBytes = 1024 * 1024;

export function hostileRequest(random: Seeded): HostileRequest {
  const kinds = {
    webhook,
    'webhook, no proof': stranger,
    'webhook, elsewhere': elsewhere,
    api,
    'api, no key': keyless,
  };
  const [kind, make] = random.one([
    ...Object.entries(kinds),
    // Most of what there is to get wrong is here.
    ...Array.from({ length: 7 }, () => ['webhook', webhook] as const),
  ]);
  return { kind, ...make(random) };
}

type Made = Omit<HostileRequest, 'kind'>;

/** The body by the grammar of bodies, or one that is right, spoilt in one of many ways or not at all. */
function bodyOf(random: Seeded): HostileBody {
  if (random.below(2) === 0) {
    const most = random.below(40) === 0 ? mostWebhookBytes * 0.9 : mostBytes;
    const made = hostileBodies(random.below(2 ** 31), most).next();
    if (made.done !== true) return made.value;
  }
  const event = random.one(['msg.offline', 'user.onlinestatus', 'msg.notify'] as const);
  const good = Buffer.from(rightBody(random, event));
  const [spoilt, bytes] = random.one(spoilings)(random, good);
  return { name: `${event}: ${spoilt}`, event, bytes };
}

function rightBody(random: Seeded, event: HostileBody['event']): string {
  const count = random.one([0, 1, 2, 30, 1_500, 30_000]);
  const uids = Array.from({ length: count }, (_, at) => `u${at}`);
  switch (event) {
    case 'msg.offline': {
      const body = messageBody({ to: uids, channelId: 'hostile', channelType: 2 });
      if (random.below(3) > 0) return body;
      const packed = gzipSync(JSON.stringify(uids));
      const cut = packed.subarray(0, random.one([packed.length, Math.floor(packed.length / 2), 5]));
      return body.replace(
        '"to_uids":[',
        `"compress":"gzip","compress_to_uids":"${cut.toString('base64')}","to_uids":[`,
      );
    }
    case 'user.onlinestatus':
      return JSON.stringify(uids.map((uid) => `${uid}-${random.below(3)}-${random.below(2)}-7-1-1`));
    case 'msg.notify':
      return `[${uids
        .slice(0, 1_500)
        .map((uid) => messageBody({ to: [uid] }))
        .join()}]`;
    default:
      return event satisfies never;
  }
}

type Spoiling = (random: Seeded, good: Buffer) => readonly [string, Buffer];

const spoilings: readonly Spoiling[] = [
  (_, good) => ['right', good],
  (random, good) => ['cut off', good.subarray(0, random.below(good.length))],
  (random, good) => [
    'more behind it',
    Buffer.concat([good, Buffer.from(random.one([' ', '\n', ',', '}', 'x', '\0', '{}']))]),
  ],
  (random, good) => [
    'something before it',
    Buffer.concat([Buffer.from(random.one([' ', '\r\n', '\ufeff', ")]}'\n", '\0'])), good]),
  ],
  (random, good) => ['one byte another', withByte(good, random.below(good.length), random.below(256))],
  (random, good) => [
    'a byte that is no text',
    withByte(good, random.below(good.length), random.one([0x80, 0xc3, 0xff, 0xed])),
  ],
  (random, good) => [
    'padded',
    Buffer.concat([good, Buffer.alloc(random.one([10_000, 400_000, 3_000_000]), ' ')]),
  ],
  (random, good) => ['twice', Buffer.concat(Array.from({ length: 2 + random.below(3) }, () => good))],
  (random, good) => ['in lists', wrapped(good, random.one([1, 10, 70, 5_000]))],
  (_, good) => ['in a string', Buffer.from(JSON.stringify(good.toString()))],
  (_, good) => ['in UTF-16', Buffer.from(good.toString(), 'utf16le')],
  (_, good) => ['packed', gzipSync(good)],
  (random) => ['noise', random.bytes(random.one([0, 1, 100, 20_000]))],
];

function withByte(good: Buffer, at: number, byte: number): Buffer {
  const changed = Buffer.from(good);
  changed[at] = byte;
  return changed;
}

function wrapped(good: Buffer, times: number): Buffer {
  return Buffer.concat([Buffer.from('['.repeat(times)), good, Buffer.from(']'.repeat(times))]);
}

function webhook(random: Seeded): Made {
  const { name, event, bytes } = bodyOf(random);
  const isTooLarge = random.below(60) === 0;
  const body = isTooLarge
    ? Buffer.concat([
        bytes,
        Buffer.alloc(mostWebhookBytes + 1 - Math.min(bytes.length, mostWebhookBytes), ' '),
      ])
    : bytes;
  const proof = random.one(proofs)(event, body);
  const right = isTooLarge ? new Set([413]) : rightAnswers(event, body);
  // Little is held of senders that only the whole of the body can prove.
  const isUnproven = 'x-signature-256' in proof.headers && body.length > mostWebhookBytes / 16;
  return {
    name: isTooLarge ? `${name}, too large` : name,
    method: 'POST',
    ...proof,
    body,
    isChunked: random.below(3) === 0,
    right: isUnproven ? new Set([...right, 413, 408]) : right,
  };
}

const proofs: readonly ((event: string, body: Buffer) => Pick<Made, 'path' | 'headers'>)[] = [
  (event) => ({ path: `/webhook/${webhookSecret}?event=${event}`, headers: {} }),
  (event) => ({ path: `/webhook?token=${webhookSecret}?event=${event}`, headers: {} }),
  (event) => ({
    path: `/webhook?event=${event}`,
    headers: { authorization: `Basic ${Buffer.from(`any:${webhookSecret}`).toString('base64')}` },
  }),
  (event, body) => ({
    path: `/webhook?event=${event}`,
    headers: {
      'x-signature-256': `sha256=${createHmac('sha256', webhookSecret).update(body).digest('hex')}`,
    },
  }),
];

function stranger(random: Seeded): Made {
  const { name, event, bytes } = bodyOf(random);
  const [path, headers] = random.one<readonly [string, Record<string, string>]>([
    [`/webhook?event=${event}`, {}],
    [`/webhook/${webhookSecret}x?event=${event}`, {}],
    [`/webhook?token=x?event=${event}`, {}],
    [`/webhook?event=${event}`, { authorization: `Bearer ${apiKey}` }],
    [`/webhook?event=${event}`, { 'x-signature-256': `sha256=${'0'.repeat(64)}` }],
  ]);
  const isSigned = 'x-signature-256' in headers;
  const right = new Set(isSigned && bytes.length > mostWebhookBytes / 16 ? [401, 413, 408] : [401]);
  return { name, method: 'POST', path, headers, body: bytes, isChunked: random.below(3) === 0, right };
}

/** Another event, method, path or encoding than a webhook has. */
function elsewhere(random: Seeded): Made {
  const { name, event, bytes: body } = bodyOf(random);
  const own = `/webhook/${webhookSecret}`;
  const [method, path, headers, status] = random.one<
    readonly [string, string, Record<string, string>, number]
  >([
    ['POST', `${own}?event=msg.unknown`, {}, 200],
    ['POST', own, {}, 400],
    ['PUT', `${own}?event=${event}`, {}, 405],
    ['POST', `/webhooks/${webhookSecret}?event=${event}`, {}, 404],
    ['POST', `${own}?event=${event}`, { 'content-encoding': random.one(['gzip', 'br', 'x']) }, 400],
  ]);
  return { name, method, path, headers, body, isChunked: random.below(3) === 0, right: new Set([status]) };
}

/** Method, path, and a body with a place for what is hostile. */
const routes: readonly (readonly [string, string, string])[] = [
  ['PUT', '/v1/users/hostile/devices/phone', '{"provider":"apns","token":"aabbccdd","model":VALUE}'],
  ['PATCH', '/v1/users/hostile/devices/phone', '{"locale":VALUE}'],
  ['PUT', '/v1/users/hostile/profile', '{"name":VALUE}'],
  ['PUT', '/v1/channels/2/hostile', '{"name":"n","avatar_url":VALUE}'],
  ['POST', '/v1/push', '{"uids":VALUE,"notification":{"title":"t"}}'],
  ['POST', '/v1/push', '{"uids":["hostile"],"notification":{"title":"t","data":VALUE}}'],
  ['POST', '/v1/dead-letters/replay', '{"ids":VALUE}'],
];

function api(random: Seeded): Made {
  const [method, path, template] = random.one(routes);
  const { name, bytes } = bodyOf(random);
  const [before = '', after = ''] = template.split('VALUE');
  const body =
    random.below(3) === 0 ? bytes : Buffer.concat([Buffer.from(before), bytes, Buffer.from(after)]);
  const type = random.one([
    'application/json',
    'application/json',
    'application/json; charset=utf-8',
    'text/plain',
  ]);
  const headers = { authorization: `Bearer ${apiKey}`, 'content-type': type };
  return {
    name: `${method} ${path}: ${name}`,
    method,
    path,
    headers,
    body,
    isChunked: random.below(3) === 0,
    right: rightOfApi(type, body),
  };
}

function rightOfApi(type: string, body: Buffer): ReadonlySet<number> {
  if (body.length > mostApiBytes) return new Set([413, 415]);
  if (type === 'text/plain') return new Set(body.length === 0 ? [400, 415] : [415]);
  const refused = [400, 404, 409, 413, 422];
  return new Set(isJsonObject(body) ? [200, 201, 202, 204, ...refused] : refused);
}

function isJsonObject(body: Buffer): boolean {
  try {
    return String(JSON.parse(body.toString())) === '[object Object]';
  } catch {
    return false;
  }
}

function keyless(random: Seeded): Made {
  const made = api(random);
  const headers: Record<string, string> = {
    ...made.headers,
    authorization: random.one(['', 'Bearer x', `Bearer ${webhookSecret}`]),
  };
  return { ...made, headers, right: new Set([401]) };
}
