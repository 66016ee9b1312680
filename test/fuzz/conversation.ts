import { createServer, type IncomingHttpHeaders, type ServerHttp2Session } from 'node:http2';
import { once } from 'node:events';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { DeadlineWheel } from '../../src/transport/deadlines';
import { Exchange } from '../../src/transport/exchange';
import { LeanConnection } from '../../src/transport/lean/lean-connection';
import { parseOrigin } from '../../src/transport/origin';
import type { HttpRequest, HttpResult } from '../../src/transport/port';
import type { Seeded } from './seeded';

const clock = { now: () => performance.now(), monotonicMs: () => performance.now() };
const wheel = new DeadlineWheel<Exchange>(clock, () => {});

export const connectionOptions = {
  origin: parseOrigin('http://127.0.0.1:1'),
  maxStreams: 1000,
  singleStreamUntilFirstAnswer: false,
  liveness: { pingIntervalMs: 60_000, pingTimeoutMs: 60_000 },
  lastStreamId: 2 ** 31 - 1,
};

export function exchangeOf(request: HttpRequest, done: (result: HttpResult) => void): Exchange {
  return new Exchange(request, done, Infinity, wheel);
}

export const ignorant = {
  onOpen: () => {},
  onRoom: () => {},
  onProven: () => {},
  onRefused: () => {},
  onLeave: () => {},
  onGone: () => {},
};

const date = 'Mon, 21 Oct 2013 20:13:21 GMT';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Conversation {
  /** What the server sent, all of it. */
  readonly bytes: Buffer;
  readonly requests: readonly HttpRequest[];
  readonly answers: readonly Answer[];
}

const tokenLetters = 'abcdefghijklmnopqrstuvwxyz0123456789-_.';
const valueLetters =
  ' !"#$%&\'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~';
const commonNames = [
  'apns-id',
  'content-type',
  'x-again',
  'server',
  'vary',
  'cache-control',
  'apns-unique-id',
];

function headersOf(random: Seeded): Record<string, string> {
  const headers: Record<string, string> = {};
  for (let count = random.below(8); count > 0; count -= 1) {
    const name =
      random.next() < 0.7 ? random.one(commonNames) : `x${random.text(tokenLetters, random.below(60))}`;
    headers[name] = random.text(valueLetters, random.one([1, 8, 36, 126, 127, 200, 1000])).trim() || 'x';
  }
  return headers;
}

/**
 * A conversation with node:http2's server, recorded: requests and answers with headers of all kinds, which its encoder
 * puts into its table. Throws when either side understands something else than what was said.
 */
export async function converse(random: Seeded): Promise<Conversation> {
  const requests = Array.from({ length: 1 + random.below(12) }, (): HttpRequest => {
    const headers = headersOf(random);
    return {
      method: random.next() < 0.9 ? 'POST' : 'GET',
      path: `/${random.text(tokenLetters, random.one([0, 10, 64, 127, 300]))}`,
      headers,
      sensitive: Object.keys(headers).filter(() => random.next() < 0.3),
      body: random.text(tokenLetters, random.one([0, 1, 300, 4096])),
      timeoutMs: 10_000,
    };
  });
  const answers = requests.map(() => ({
    status: random.one([200, 200, 200, 204, 400, 403, 404, 410, 429, 500, 503, 299]),
    headers: headersOf(random),
    body: random.text(valueLetters, random.one([0, 0, 1, 70, 5000])),
  }));
  const heard: IncomingHttpHeaders[] = [];
  const server = createServer({ settings: { headerTableSize: random.one([0, 64, 4096]) } });
  let session: ServerHttp2Session | null = null;
  server.on('session', (opened) => (session = opened));
  server.on('stream', (stream, headers) => {
    const answer = answers[heard.length] as Answer;
    heard.push(headers);
    stream.resume().on('end', () => {
      // A time of day would make other cases of the same seed.
      stream.respond(
        { ':status': answer.status, date, ...answer.headers },
        { endStream: answer.body === '' },
      );
      if (answer.body !== '' && answer.status !== 204) stream.end(answer.body);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(socket, 'connect');
  const results = await exchange(socket, requests);
  socket.destroy();
  (session as ServerHttp2Session | null)?.destroy();
  await new Promise((resolve) => server.close(resolve));
  results.forEach((result, i) => expectSame(result, answers[i] as Answer));
  heard.forEach((headers, i) => expectHeard(headers, requests[i] as HttpRequest));
  return { bytes: Buffer.concat(chunks), requests, answers: results as Answer[] };
}

async function exchange(socket: Socket, requests: readonly HttpRequest[]): Promise<HttpResult[]> {
  const connection = new LeanConnection(socket, '127.0.0.1', connectionOptions, clock, ignorant);
  await new Promise<void>((resolve) => connection.listen({ ...ignorant, onOpen: () => resolve() }));
  connection.listen(ignorant);
  return Promise.all(
    requests.map(
      (request) =>
        new Promise<HttpResult>((resolve) => connection.send(exchangeOf(request, resolve), clock.now())),
    ),
  );
}

function expectSame(result: HttpResult, answer: Answer): void {
  if (result.kind !== 'response') throw new Error(`no answer: ${result.cause}`);
  const { date: _date, ...headers } = result.headers;
  const body = answer.status === 204 ? '' : answer.body;
  same('answer', { status: result.status, headers, body: result.body }, { ...answer, body });
}

function expectHeard(headers: IncomingHttpHeaders, request: HttpRequest): void {
  const plain = Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith(':')));
  same('request', { path: headers[':path'], ...plain }, { path: request.path, ...request.headers });
}

function same(what: string, one: object, other: object): void {
  const sorted = (value: object): string =>
    JSON.stringify(value, (_, part: unknown) =>
      part !== null && typeof part === 'object'
        ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
        : part,
    );
  if (sorted(one) !== sorted(other)) throw new Error(`${what} differs: ${sorted(one)} and ${sorted(other)}`);
}
