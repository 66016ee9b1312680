import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { apiKey, webhookSecret } from './fakes';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

const agent = new Agent({ keepAlive: true, maxSockets: 64 });

export function send(
  url: string,
  options: {
    method: string;
    path: string;
    headers?: Readonly<Record<string, string>>;
    body?: string | Buffer;
    /** Instead of the one that all share; its owner closes it. */
    agent?: Agent;
  },
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { body, ...rest } = options;
    const sent = request(url, { agent, ...rest }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(chunks).toString(),
        }),
      );
      response.on('error', reject);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** Closes idle connections, so that nothing is left open after a test file. */
export function closeConnections(): void {
  agent.destroy();
}

export interface Fixture {
  readonly name: string;
  readonly note: string;
  readonly event: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A recorded webhook request, e.g. `v2/person-text`. */
export function readFixture(name: string): Fixture {
  const file = join(__dirname, '../fixtures/wukongim', `${name}.json`);
  return { name, ...(JSON.parse(readFileSync(file, 'utf8')) as Omit<Fixture, 'name'>) };
}

export function postEvent(url: string, event: string, body: string, own?: Agent): Promise<Answer> {
  const path = `/webhook/${webhookSecret}?event=${event}`;
  return send(url, { method: 'POST', path, body, ...(own === undefined ? {} : { agent: own }) });
}

export function postFixture(url: string, name: string): Promise<Answer> {
  const { event, body } = readFixture(name);
  return postEvent(url, event, body);
}

let lastMessageId = 2_200_000_000_000_000_000n;

export interface MessageFields {
  readonly messageId?: string;
  readonly clientMsgNo?: string;
  readonly from?: string;
  readonly to: readonly string[];
  readonly channelId?: string;
  readonly channelType?: number;
  readonly payload?: object;
  readonly expire?: number;
  readonly messageSeq?: number;
}

/** The body of a `msg.offline` as v2 sends it. */
export function messageBody(fields: MessageFields): string {
  lastMessageId += 1n;
  const messageId = fields.messageId ?? String(lastMessageId);
  const [first = ''] = fields.to;
  const body = {
    header: { no_persist: 0, red_dot: 1, sync_once: 0 },
    setting: 0,
    message_idstr: messageId,
    client_msg_no: fields.clientMsgNo ?? `no-${messageId}`,
    message_seq: fields.messageSeq ?? 1,
    from_uid: fields.from ?? 'alice',
    channel_id: fields.channelId ?? first,
    channel_type: fields.channelType ?? 1,
    expire: fields.expire ?? 0,
    timestamp: 1_795_345_760,
    payload: Buffer.from(
      JSON.stringify(fields.payload ?? { type: 1, content: `text of ${messageId}` }),
    ).toString('base64'),
    to_uids: fields.to,
    source_id: 1001,
  };
  // Not through JSON.stringify: the id is larger than a double can hold.
  return JSON.stringify(body).replace('"message_idstr"', `"message_id":${messageId},"message_idstr"`);
}

export function postMessage(url: string, fields: MessageFields): Promise<Answer> {
  return postEvent(url, 'msg.offline', messageBody(fields));
}

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Answer['headers'];
  readonly body: ReturnType<typeof JSON.parse>;
}

export async function api(
  url: string,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<ApiAnswer> {
  const answer = await send(url, {
    method,
    path: `/v1${path}`,
    headers: {
      authorization: `Bearer ${apiKey}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { ...answer, body: answer.text === '' ? null : (JSON.parse(answer.text) as unknown) };
}

/** A device token that is no other device's: 64 hexadecimal digits that show the name. */
export function apnsToken(name: string): string {
  return Buffer.from(name).toString('hex').padEnd(64, '0').slice(0, 64);
}

export function registerApns(
  url: string,
  uid: string,
  deviceId = 'phone',
  token = apnsToken(`${uid}/${deviceId}`),
): Promise<ApiAnswer> {
  return register(url, uid, deviceId, { provider: 'apns', token });
}

export function registerFcm(
  url: string,
  uid: string,
  deviceId = 'android',
  token = `fcm-${uid}-${deviceId}`,
): Promise<ApiAnswer> {
  return register(url, uid, deviceId, { provider: 'fcm', token });
}

/** As an app server does: again where the store was too busy to answer in time. */
function register(url: string, uid: string, deviceId: string, device: object): Promise<ApiAnswer> {
  const path = `/users/${encodeURIComponent(uid)}/devices/${encodeURIComponent(deviceId)}`;
  return eventually(
    () => api(url, 'PUT', path, device),
    ({ status }) => status !== 503,
  );
}

export async function metric(
  url: string,
  name: string,
  labels: Record<string, string> = {},
): Promise<number> {
  const { text } = await send(url, { method: 'GET', path: '/metrics' });
  const wanted = Object.entries(labels).map(([key, value]) => `${key}="${value}"`);
  let sum = 0;
  for (const line of text.split('\n')) {
    if (!(line.startsWith(`${name}{`) || line.startsWith(`${name} `))) continue;
    if (wanted.every((label) => line.includes(label))) sum += Number(line.slice(line.lastIndexOf(' ') + 1));
  }
  return sum;
}

/** Asks again until the answer fits; the test's own timeout bounds it. */
export async function eventually<T>(ask: () => Promise<T>, fits: (value: T) => boolean): Promise<T> {
  for (;;) {
    const value = await ask();
    if (fits(value)) return value;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
