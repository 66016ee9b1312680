import { connect, type Socket } from 'node:net';
import type { Seeded } from '../fuzz/seeded';

/** Connections of one kind at a time, and what each of them sends. */
export interface HostileConnections {
  /** Which rule of the grammar made it. */
  readonly rule: string;
  readonly count: number;
  /** As fast as it is taken. */
  readonly opening: Buffer;
  /** Behind the opening, again and again, a moment apart; empty: nothing. */
  readonly drip: string;
  readonly afterwards: 'waits' | 'ends its side' | 'resets' | 'resets and comes again';
  /** False: its answers pile up unread. */
  readonly reads: boolean;
}

export interface HostileSecrets {
  readonly webhook: string;
  readonly apiKey: string;
}

type Draft = Partial<Omit<HostileConnections, 'rule'>> & { readonly opening: Buffer };
type Rule = (random: Seeded, door: Door) => Draft;

/** One way in: its request line and the headers that prove the sender, or do not. */
interface Door {
  readonly line: string;
  readonly headers: string;
}

export const rules: Readonly<Record<string, Rule>> = {
  'announced length of which hardly anything comes': (random, door) => ({
    count: 50 + random.below(450),
    opening: request(door, `Content-Length: ${random.one(lengths)}\r\n`, filler(random, 1_000)),
    drip: 'x',
  }),
  'announced length that stops in the middle': (random, door) => ({
    count: 20 + random.below(180),
    opening: request(door, 'Content-Length: 13000000\r\n', filler(random, 900_000)),
    drip: random.one(['', 'x', 'x'.repeat(999)]),
  }),
  'small bodies that drip': (random, door) => ({
    count: 100 + random.below(500),
    opening: request(door, 'Content-Length: 60000\r\n', filler(random, 55_000)),
    drip: 'x',
  }),
  'chunks of hardly anything': (random, door) => {
    const chunk = random.one(['1\r\nx\r\n', '0001\r\nx\r\n', '2\r\nxx\r\n', `1;${'e'.repeat(99)}\r\nx\r\n`]);
    return {
      count: 20 + random.below(80),
      opening: request(
        door,
        chunked,
        chunk.repeat(1 + random.below(Math.floor(mostOpeningBytes / chunk.length))),
      ),
      drip: random.one(['', chunk]),
    };
  },
  'chunks that are no chunks': (random, door) => ({
    opening: request(
      door,
      chunked,
      random.one(['x\r\n', '-1\r\n', 'ffffffffffffffff\r\n', `${'0'.repeat(99_999)}`, '1\r\nxx']),
    ),
  }),
  'a chunk of gigabytes': (random, door) => ({
    count: 20 + random.below(80),
    opening: request(
      door,
      chunked,
      `${random.one(['ffffffff', '2000000', '7fffffff'])}\r\n${filler(random, 900_000)}`,
    ),
    drip: 'x',
  }),
  'requests behind each other': (random, door) => {
    const body = random.one(['[]', '{', '{}', 'null', '"x"', '']);
    const one = request(door, `Content-Length: ${body.length}\r\n`, body);
    return {
      count: 10 + random.below(30),
      opening: repeated(one, 1 + random.below(5_000)),
      reads: random.below(3) > 0,
    };
  },
  'expectations that nothing follows': (random, door) => ({
    count: 100 + random.below(300),
    opening: request(
      door,
      `Expect: ${random.one(['100-continue', '100-Continue', '200-ok', 'x'])}\r\nContent-Length: ${random.one(lengths)}\r\n`,
      '',
    ),
  }),
  'nothing at all': (random) => ({
    count: 1_000 + random.below(2_000),
    opening: Buffer.alloc(0),
  }),
  'heads that never end': (random, door) => ({
    count: 100 + random.below(400),
    opening: Buffer.from(random.one([`${door.line} HTT`, `${door.line} HTTP/1.1\r\nHost: x\r\nx: `])),
    drip: random.one(['', 'x', 'x: y\r\n', '\r\n ']),
  }),
  'heads that are broken': (random, door) => ({
    opening: Buffer.from(
      random.one([
        `${door.line}\r\n\r\n`,
        `${door.line} HTTP/9.9\r\n\r\n`,
        `${door.line} HTTP/1.1\r\n${'x: y\r\n'.repeat(1 + random.below(2_000))}\r\n`,
        `${door.line} HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
        `${door.line} HTTP/1.1\r\nHost: x\r\nContent-Length: 9e9\r\n\r\n`,
        `${door.line} HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n`,
        `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
        'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
        '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
        '\r\n'.repeat(30_000),
        '\0'.repeat(10_000),
      ]),
    ),
  }),
  'its side ended early': (random, door) => ({
    opening: request(
      door,
      random.one([chunked, 'Content-Length: 60000\r\n', '']),
      random.one(['', '1\r\nx\r\n', 'x']),
    ),
    afterwards: 'ends its side',
  }),
  'connections that come and go': (random, door) => ({
    count: 20 + random.below(80),
    opening: request(door, 'Content-Length: 1000000\r\n', filler(random, 60_000)),
    afterwards: random.one(['resets', 'resets and comes again']),
  }),
};

export function hostileConnections(
  random: Seeded,
  secrets: HostileSecrets,
  rule = random.one(Object.keys(rules)),
): HostileConnections {
  const draft = rules[rule]?.(random, random.one(doors(secrets)));
  if (draft === undefined) throw new Error(`no rule ${rule}`);
  return { rule, count: 100 + random.below(200), drip: '', afterwards: 'waits', reads: true, ...draft };
}

/** Sends them; until `stop`. */
export class HostileSender {
  readonly #sockets = new Set<Socket>();
  /** How often each status was answered; `reset`: connections that the relay ended without any. */
  readonly answers = new Map<string, number>();
  #dripping: NodeJS.Timeout | null = null;
  #stopped = false;
  readonly #port: number;
  readonly #connections: HostileConnections;

  constructor(port: number, connections: HostileConnections) {
    this.#port = port;
    this.#connections = connections;
  }

  start(): void {
    for (let opened = 0; opened < this.#connections.count; opened += 1) this.#open();
    const drip = Buffer.from(this.#connections.drip);
    if (drip.length === 0) return;
    this.#dripping = setInterval(() => {
      for (const socket of this.#sockets)
        if (socket.writable && socket.writableLength === 0) socket.write(drip);
    }, dripMs);
  }

  stop(): void {
    this.#stopped = true;
    if (this.#dripping !== null) clearInterval(this.#dripping);
    for (const socket of this.#sockets) socket.destroy();
  }

  #open(): void {
    const { opening, afterwards, reads } = this.#connections;
    const socket = connect({ port: this.#port, host: '127.0.0.1', allowHalfOpen: true });
    this.#sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => this.#closed(socket));
    if (reads) {
      socket.on('data', (piece) => this.#count(piece));
      socket.on('end', () => socket.end());
    }
    socket.write(opening, () => {
      if (afterwards === 'ends its side') socket.end();
      else if (afterwards !== 'waits') socket.resetAndDestroy();
    });
  }

  #closed(socket: Socket): void {
    this.#sockets.delete(socket);
    if (socket.bytesRead === 0) this.#answered('reset');
    if (this.#connections.afterwards === 'resets and comes again' && !this.#stopped) this.#open();
  }

  #count(piece: Buffer): void {
    for (const [, status = ''] of piece.toString('latin1').matchAll(/HTTP\/1\.1 (\d{3}) /g))
      this.#answered(status);
  }

  #answered(status: string): void {
    this.answers.set(status, (this.answers.get(status) ?? 0) + 1);
  }
}

function doors({ webhook, apiKey }: HostileSecrets): readonly Door[] {
  const json = 'Content-Type: application/json\r\n';
  const signed = `X-Signature-256: sha256=${'0'.repeat(64)}\r\n`;
  return [
    { line: `POST /webhook/${webhook}?event=msg.offline`, headers: '' },
    { line: `POST /webhook/${webhook}?event=user.onlinestatus`, headers: '' },
    { line: `POST /webhook/${webhook}?event=msg.notify`, headers: '' },
    { line: 'POST /webhook?event=msg.offline', headers: signed },
    { line: 'POST /webhook?event=msg.offline', headers: '' },
    { line: 'POST /v1/push', headers: json },
    { line: 'POST /v1/push', headers: `${json}Authorization: Bearer ${apiKey}\r\n` },
    { line: 'PUT /v1/users/bob/devices/1', headers: `${json}Authorization: Bearer ${apiKey}\r\n` },
    { line: 'GET /metrics', headers: '' },
    { line: 'GET /healthz', headers: '' },
    { line: 'GET /admin/', headers: '' },
    { line: 'POST /none', headers: '' },
  ];
}

function request({ line, headers }: Door, more: string, body: string): Buffer {
  return Buffer.from(`${line} HTTP/1.1\r\nHost: 127.0.0.1\r\n${headers}${more}\r\n${body}`);
}

/** The begin of a body that stays JSON as long as it goes on. */
function filler(random: Seeded, mostBytes: number): string {
  const begin = random.one(['', '{"to_uids":["', '{"header":{"a":"', '[["', '{"payload":"']);
  return begin.padEnd(1 + random.below(mostBytes), 'x');
}

function repeated(one: Buffer, times: number): Buffer {
  return Buffer.alloc(one.length * Math.min(times, Math.floor(mostOpeningBytes / one.length)), one);
}

const chunked = 'Transfer-Encoding: chunked\r\n';
const lengths = [1, 60_000, 1_000_000, 13_000_000, 33_554_432, 99_999_999_999];
const mostOpeningBytes = 1024 * 1024;
const dripMs = 50;
