import { silentLogger } from '../../src/domain/logger';
import type { HttpClient, Http2ClientOptions, HttpRequest, HttpResult } from '../../src/transport/port';
import { createHttp2Client } from '../../src/transport/http2-client';
import { CANCEL, NO_ERROR, type RawConnection, RawPeer, type RawPeerOptions } from './raw-http2-peer';

const [
  DATA,
  HEADERS,
  PRIORITY,
  RST_STREAM,
  SETTINGS,
  PUSH_PROMISE,
  PING,
  GOAWAY,
  WINDOW_UPDATE,
  CONTINUATION,
] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
const [END_STREAM, END_HEADERS, PADDED, WITH_PRIORITY, ACK] = [0x1, 0x4, 0x8, 0x20, 0x1];
const [MAX_CONCURRENT_STREAMS, INITIAL_WINDOW_SIZE, MAX_FRAME_SIZE] = [3, 4, 5];

const defaults: Omit<Http2ClientOptions, 'baseUrl'> = {
  proxyUrl: null,
  minConnections: 1,
  maxConnections: 1,
  maxStreamsPerConnection: 1000,
  singleStreamUntilFirstAnswer: false,
  tls: {},
  pingIntervalMs: 60_000,
  pingTimeoutMs: 500,
  connectTimeoutMs: 5_000,
  idleTimeoutMs: 60_000,
};

function settings(...values: readonly (readonly [id: number, value: number])[]): Buffer {
  const payload = Buffer.alloc(values.length * 6);
  values.forEach(([id, value], i) => {
    payload.writeUInt16BE(id, i * 6);
    payload.writeUInt32BE(value, i * 6 + 2);
  });
  return payload;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** A literal that is not indexed, with a name of its own. */
function field(name: string, value: string): Buffer {
  if (name.length > 126 || value.length > 126) throw new Error('too long for this encoder');
  return Buffer.concat([
    Buffer.of(0, name.length),
    Buffer.from(name, 'latin1'),
    Buffer.of(value.length),
    Buffer.from(value, 'latin1'),
  ]);
}

const ok = Buffer.of(0x88);
const reason = Buffer.from('{"reason":"Ok"}');

type Harm = (connection: RawConnection, streamId: number) => void;

/** node:http2 ends the whole connection for these two (for the first from Node 24 on), and only the stream for the third. */
const moreThanSaid: [string, Harm] = [
  'more than it said',
  (c, id) => {
    c.frame(HEADERS, END_HEADERS, id, Buffer.concat([ok, field('content-length', '1')]));
    c.frame(DATA, END_STREAM, id, reason);
  },
];
const dataBeforeStatus: [string, Harm] = [
  'data before a status',
  (c, id) => c.frame(DATA, END_STREAM, id, reason),
];
const endlessBlock: [string, Harm] = [
  'never ends a header block',
  (c, id) => {
    c.frame(HEADERS, 0, id, ok);
    const more = Buffer.concat(Array.from({ length: 100 }, () => field('a', 'x'.repeat(100))));
    for (let i = 0; i < 40; i += 1) c.frame(CONTINUATION, 0, id, more);
  },
];

/** What the frames of HTTP/2 ask of every client: flow control, header blocks in all shapes, peers that break the rules. */
describe('HTTP/2 client, frame by frame', () => {
  let releases: (() => unknown)[] = [];

  afterEach(async () => {
    const taken = releases.reverse();
    releases = [];
    for (const release of taken) await release();
  });

  const start = async (
    options: RawPeerOptions = {},
  ): Promise<{ peer: RawPeer; client: HttpClient; connection: RawConnection }> => {
    const peer = await RawPeer.listen(options);
    releases.push(() => peer.close());
    const client = createHttp2Client(
      { ...defaults, baseUrl: peer.url },
      {
        clock: { now: () => performance.now(), monotonicMs: () => performance.now() },
        logger: silentLogger,
      },
    );
    releases.push(() => client.close(0));
    const opening = ask(client, '');
    const { connection, streamId } = await peer.requests.next();
    connection.respond(streamId);
    await opening;
    return { peer, client, connection };
  };
  const ask = (client: HttpClient, body: string, request: Partial<HttpRequest> = {}): Promise<HttpResult> =>
    new Promise((resolve) =>
      client.request(
        { method: 'POST', path: '/p', headers: {}, sensitive: [], timeoutMs: 10_000, body, ...request },
        resolve,
      ),
    );
  /** Whatever was sent before has been read by the client, and what that made it send has come. */
  const settle = async (connection: RawConnection): Promise<void> => {
    const mark = Buffer.from(`mark${String(connection.pongs.all.length).padStart(4, '0')}`);
    connection.frame(PING, 0, 0, mark);
    for (let pong = await connection.pongs.next(); !pong.equals(mark);) pong = await connection.pongs.next();
  };
  const isOk = (result: HttpResult): boolean => result.kind === 'response' && result.status === 200;
  /** The peer has made itself impossible: its streams are cut, and the next request goes over another connection. */
  const expectEnd = async (
    harm: (connection: RawConnection, streamId: number) => void,
  ): Promise<RawConnection> => {
    const { peer, client } = await start();
    const result = ask(client, 'x');
    const { connection, streamId } = await peer.requests.next();
    harm(connection, streamId);
    expect(await result).toEqual({ kind: 'cut', cause: expect.any(String) });
    const next = ask(client, 'next');
    const again = await peer.requests.next();
    expect(again.connection === connection).toBe(false);
    again.connection.respond(again.streamId);
    expect(isOk(await next)).toBe(true);
    await connection.closed;
    return connection;
  };
  /** Only the one stream is cut; the connection goes on. */
  const expectCut = async (harm: (connection: RawConnection, streamId: number) => void): Promise<void> => {
    const { peer, client } = await start();
    const result = ask(client, 'x');
    const bystander = ask(client, 'bystander');
    const [first, second] = await peer.requests.take(2);
    harm(first!.connection, first!.streamId);
    expect(await result).toEqual({ kind: 'cut', cause: expect.any(String) });
    second!.connection.respond(second!.streamId);
    expect(isOk(await bystander)).toBe(true);
    expect(peer.connections.all).toHaveLength(1);
  };

  describe('flow control', () => {
    it('lets 1,000 bodies of 4 KB through windows that take a few of them at a time', async () => {
      const { peer, client, connection } = await start();
      const body = 'x'.repeat(4096);
      const results = Array.from({ length: 1000 }, () => ask(client, body, { timeoutMs: 25_000 }));
      let granted = 65_535;
      let answered = 0;
      const answer = async (): Promise<void> => {
        for (; answered < 1000; answered += 1) {
          const { streamId } = await peer.requests.next();
          connection.respond(streamId);
        }
      };
      const answering = answer();
      while (answered < 1000) {
        await settle(connection);
        expect(connection.dataBytes).toBeLessThanOrEqual(granted);
        const taken = Math.min(connection.dataBytes, granted) - (granted - 65_535);
        if (taken <= 0) continue;
        granted += taken;
        connection.frame(WINDOW_UPDATE, 0, 0, uint32(taken));
      }
      await answering;
      expect((await Promise.all(results)).every(isOk)).toBe(true);
      expect(connection.dataBytes).toBe(4_096_000);
      expect(connection.opened).toBe(1001);
    });

    it('follows the window of new and open streams as it is lowered below zero and raised', async () => {
      const { peer, client, connection } = await start();
      connection.frame(SETTINGS, 0, 0, settings([INITIAL_WINDOW_SIZE, 10]));
      await settle(connection);
      const first = ask(client, 'x'.repeat(100));
      await until(() => connection.dataBytes === 10);
      connection.frame(SETTINGS, 0, 0, settings([INITIAL_WINDOW_SIZE, 0]));
      connection.frame(WINDOW_UPDATE, 0, 3, uint32(5));
      await settle(connection);
      expect(connection.dataBytes).toBe(10);
      const second = ask(client, 'y'.repeat(20));
      connection.frame(WINDOW_UPDATE, 0, 3, uint32(8));
      await until(() => connection.dataBytes === 13);
      connection.frame(SETTINGS, 0, 0, settings([INITIAL_WINDOW_SIZE, 50]));
      const request = await peer.requests.next();
      expect(request.body).toBe('y'.repeat(20));
      await until(() => connection.dataBytes === 83);
      connection.frame(WINDOW_UPDATE, 0, 3, uint32(1000));
      const other = await peer.requests.next();
      expect(other.body).toBe('x'.repeat(100));
      for (const { streamId } of [request, other]) connection.respond(streamId);
      expect(isOk(await first) && isOk(await second)).toBe(true);
    });

    it('does not let one stream without a window hold up others', async () => {
      const { peer, client, connection } = await start();
      connection.frame(SETTINGS, 0, 0, settings([INITIAL_WINDOW_SIZE, 100]));
      await settle(connection);
      const stuck = ask(client, 'x'.repeat(1000));
      const free = ask(client, 'y'.repeat(100));
      const request = await peer.requests.next();
      expect(request.body).toBe('y'.repeat(100));
      connection.respond(request.streamId);
      expect(isOk(await free)).toBe(true);
      connection.frame(WINDOW_UPDATE, 0, 3, uint32(10_000));
      const late = await peer.requests.next();
      connection.respond(late.streamId);
      expect(isOk(await stuck)).toBe(true);
    });

    it('goes on after a stream was given up that waited for a window', async () => {
      const { peer, client, connection } = await start();
      const warm = ask(client, 'x'.repeat(65_000));
      const first = await peer.requests.next();
      connection.respond(first.streamId);
      await warm;
      const given = ask(client, 'a'.repeat(60_000), { timeoutMs: 100 });
      const kept = ask(client, 'b'.repeat(60_000));
      expect((await given).kind).toBe('cut');
      expect(await connection.resets.next()).toEqual({ streamId: 5, code: CANCEL });
      connection.frame(WINDOW_UPDATE, 0, 0, uint32(200_000));
      const request = await peer.requests.next();
      expect(request.body).toBe('b'.repeat(60_000));
      connection.respond(request.streamId);
      expect(isOk(await kept)).toBe(true);
    });

    it('sends small frames whatever size the peer allows', async () => {
      const { peer, client, connection } = await start();
      connection.frame(
        SETTINGS,
        0,
        0,
        settings([MAX_FRAME_SIZE, 2 ** 24 - 1], [INITIAL_WINDOW_SIZE, 2 ** 31 - 1]),
      );
      connection.frame(WINDOW_UPDATE, 0, 0, uint32(2 ** 30));
      await settle(connection);
      const result = ask(client, 'x'.repeat(3_000_000));
      const { streamId, body } = await peer.requests.next();
      expect(body.length).toBe(3_000_000);
      connection.respond(streamId);
      expect(isOk(await result)).toBe(true);
    });

    it('gives the peer back what its answers take of the windows', async () => {
      const { peer, client, connection } = await start();
      const body = Buffer.alloc(60_000, 0x78);
      const results = Array.from({ length: 400 }, () => ask(client, 'x'));
      for (const { streamId } of await peer.requests.take(400)) connection.respond(streamId, 200, body);
      expect((await Promise.all(results)).every(isOk)).toBe(true);
      await settle(connection);
      const total = connection.windowUpdates.all
        .filter(({ streamId }) => streamId === 0)
        .reduce((sum, { increment }) => sum + increment, 65_535);
      expect(total).toBeGreaterThan(400 * 60_000 - 65_535);
    });
  });

  describe('header blocks', () => {
    const answerBy = async (
      send: (connection: RawConnection, streamId: number) => void,
    ): Promise<HttpResult> => {
      const { peer, client } = await start();
      const result = ask(client, 'x');
      const { connection, streamId } = await peer.requests.next();
      send(connection, streamId);
      return result;
    };
    const whole = { kind: 'response', status: 200, headers: { a: 'b', c: 'd' }, body: reason.toString() };
    const block = Buffer.concat([ok, field('a', 'b'), field('c', 'd')]);

    it('may be padded, carry a priority, and take many frames', async () => {
      const result = await answerBy((connection, streamId) => {
        const head = Buffer.concat([
          Buffer.of(3),
          uint32(0),
          Buffer.of(16),
          block.subarray(0, 2),
          Buffer.alloc(3),
        ]);
        connection.frame(HEADERS, PADDED | WITH_PRIORITY, streamId, head);
        connection.frame(CONTINUATION, 0, streamId, Buffer.alloc(0));
        connection.frame(CONTINUATION, 0, streamId, block.subarray(2, 5));
        connection.frame(CONTINUATION, 0, streamId, block.subarray(5, -1));
        connection.frame(CONTINUATION, END_HEADERS, streamId, block.subarray(-1));
        connection.frame(DATA, PADDED, streamId, Buffer.concat([Buffer.of(5), reason, Buffer.alloc(5)]));
        connection.frame(
          DATA,
          END_STREAM | PADDED,
          streamId,
          Buffer.concat([Buffer.of(200), Buffer.alloc(200)]),
        );
      });
      expect(result).toEqual(whole);
    });

    it('may come a byte at a time, with frames in between that mean nothing here', async () => {
      const result = await answerBy((connection, streamId) => {
        connection.frame(0xbe, 0xff, streamId, Buffer.alloc(100, 1));
        connection.frame(PRIORITY, 0, streamId, Buffer.alloc(5));
        connection.frame(SETTINGS, 0, 0, settings([0xbabe, 1]));
        connection.socket.setNoDelay(true);
        const bytes: Buffer[] = [];
        const write = connection.socket.write.bind(connection.socket);
        connection.socket.write = (chunk: Buffer) => bytes.push(chunk) > 0;
        connection.frame(HEADERS, END_HEADERS, streamId, block);
        connection.frame(DATA, END_STREAM, streamId, reason);
        connection.socket.write = write;
        const all = Buffer.concat(bytes);
        const next = (at: number): void => {
          if (at < all.length) write(all.subarray(at, at + 1), () => setImmediate(next, at + 1));
        };
        next(0);
      });
      expect(result).toEqual(whole);
    });

    it('may use the dynamic table until the peer was told not to, and may shrink it', async () => {
      const { peer, client, connection } = await start();
      const insert = Buffer.concat([ok, Buffer.of(0x40, 1, 0x61, 1, 0x62)]);
      const results: HttpResult[] = [];
      for (const bytes of [insert, Buffer.of(0x88, 0xbe), Buffer.of(0x20, 0x88), insert, Buffer.of(0x88)]) {
        const result = ask(client, 'x');
        const { streamId } = await peer.requests.next();
        if (bytes === insert && results.length > 0) connection.frame(HEADERS, 0x5, streamId, ok);
        else connection.frame(HEADERS, END_HEADERS | END_STREAM, streamId, bytes);
        results.push(await result);
      }
      expect(results.every(isOk)).toBe(true);
      expect(results.slice(0, 2)).toMatchObject([{ headers: { a: 'b' } }, { headers: { a: 'b' } }]);
    });

    it('of answers that nobody waits for any more still count for those that follow', async () => {
      const { peer, client, connection } = await start();
      const warm = ask(client, 'warm');
      connection.respond((await peer.requests.next()).streamId);
      await warm;
      const late = ask(client, 'late', { timeoutMs: 100 });
      const { streamId } = await peer.requests.next();
      const next = ask(client, 'next');
      const following = await peer.requests.next();
      expect((await late).kind).toBe('cut');
      await connection.resets.next();
      connection.frame(HEADERS, END_HEADERS, streamId, Buffer.concat([ok, field('late', 'yes')]));
      connection.frame(DATA, END_STREAM, streamId, reason);
      connection.respond(following.streamId, 200, 'here');
      expect(await next).toMatchObject({ status: 200, headers: {}, body: 'here' });
      expect(following.connection).toBe(connection);
    });

    it('may end the answer as trailers', async () => {
      const result = await answerBy((connection, streamId) => {
        connection.frame(HEADERS, END_HEADERS, streamId, block);
        connection.frame(DATA, 0, streamId, reason);
        connection.frame(HEADERS, END_HEADERS | END_STREAM, streamId, field('grpc-status', '0'));
      });
      expect(result).toEqual(whole);
    });

    it('may follow several informational ones', async () => {
      const result = await answerBy((connection, streamId) => {
        for (let i = 0; i < 5; i += 1) connection.respondHeaders(streamId, 103, { link: `</${i}>` });
        connection.frame(HEADERS, END_HEADERS, streamId, block);
        connection.frame(DATA, END_STREAM, streamId, reason);
      });
      expect(result).toEqual(whole);
    });

    it('join what is said twice', async () => {
      const result = await answerBy((connection, streamId) => {
        const twice = Buffer.concat([
          ok,
          field('via', 'one'),
          field('via', 'two'),
          field('retry-after', '7'),
        ]);
        connection.frame(HEADERS, END_HEADERS | END_STREAM, streamId, twice);
      });
      expect(result).toMatchObject({ headers: { via: 'one, two', 'retry-after': '7' } });
    });
  });

  describe('a peer', () => {
    it('may ask by PING, with whatever it likes in it', async () => {
      const { connection } = await start();
      connection.frame(PING, 0, 0, Buffer.from('\x00\xff12345\x80', 'latin1'));
      expect(await connection.pongs.next()).toEqual(Buffer.from('\x00\xff12345\x80', 'latin1'));
    });

    it('may reset a stream whose answer is whole', async () => {
      const { peer, client, connection } = await start();
      for (const body of ['1', '2']) {
        const result = ask(client, body);
        const { streamId } = await peer.requests.next();
        connection.respond(streamId, 200, body);
        connection.reset(streamId, NO_ERROR);
        expect(await result).toMatchObject({ body });
      }
      expect(peer.connections.all).toHaveLength(1);
    });

    it('may say its limits again and again, while in use', async () => {
      const { peer, client, connection } = await start({ maxStreams: 1 });
      const results = Array.from({ length: 50 }, (_, i) => ask(client, String(i)));
      for (let i = 0; i < 50; i += 1) {
        const { streamId } = await peer.requests.next();
        connection.frame(SETTINGS, 0, 0, settings([MAX_CONCURRENT_STREAMS, i % 2 === 0 ? 1 : 1000]));
        connection.frame(SETTINGS, 0, 0, settings([INITIAL_WINDOW_SIZE, 65_535 + (i % 7)]));
        connection.respond(streamId);
      }
      expect((await Promise.all(results)).every(isOk)).toBe(true);
    });

    it('that answers and breaks the protocol in one breath never gets the request made in between', async () => {
      const { peer, client } = await start();
      const first = ask(client, 'first');
      const { connection, streamId } = await peer.requests.next();
      const second = first.then(() => 'first is answered');
      const between = new Promise<HttpResult>((resolve) => {
        client.request(
          { method: 'POST', path: '/', headers: {}, sensitive: [], timeoutMs: 9_000, body: 'opener' },
          () => void ask(client, 'between').then(resolve),
        );
      });
      const opener = await peer.requests.next();
      connection.respond(streamId);
      await second;
      const answer = Buffer.concat([Buffer.of(0, 0, 1, HEADERS, 0x5), uint32(opener.streamId), ok]);
      connection.socket.write(Buffer.concat([answer, Buffer.alloc(64, 0xff)]));
      const request = await peer.requests.next();
      expect(request.body).toBe('between');
      expect(request.connection === connection).toBe(false);
      request.connection.respond(request.streamId);
      expect(isOk(await between)).toBe(true);
      await connection.closed;
      expect(connection.opened).toBe(3);
      expect(peer.requests.left).toBe(0);
    });

    it.each<[string, Harm]>([
      ['headers without a status', (c, id) => c.frame(HEADERS, 0x5, id, field('a', 'b'))],
      ['a status twice', (c, id) => c.frame(HEADERS, 0x5, id, Buffer.of(0x88, 0x88))],
      ['a status after a header', (c, id) => c.frame(HEADERS, 0x5, id, Buffer.concat([field('a', 'b'), ok]))],
      ['a status that is no number', (c, id) => c.frame(HEADERS, 0x5, id, Buffer.of(0x08, 2, 0x32, 0x30))],
      [
        'another pseudo-header',
        (c, id) => c.frame(HEADERS, 0x5, id, Buffer.concat([ok, field(':path', '/')])),
      ],
      ['a name in capitals', (c, id) => c.frame(HEADERS, 0x5, id, Buffer.concat([ok, field('A', 'b')]))],
      [
        'a header of HTTP/1',
        (c, id) => c.frame(HEADERS, 0x5, id, Buffer.concat([ok, field('connection', 'x')])),
      ],
      [
        'two lengths',
        (c, id) => {
          const lengths = [field('content-length', '1'), field('content-length', '2')];
          c.frame(HEADERS, END_HEADERS, id, Buffer.concat([ok, ...lengths]));
          c.frame(DATA, END_STREAM, id, Buffer.from('x'));
        },
      ],
      moreThanSaid,
      dataBeforeStatus,
      ['an informational status for all', (c, id) => c.respondHeaders(id, 103, {}, true)],
      [
        'headers in the middle of the body',
        (c, id) => {
          c.frame(HEADERS, END_HEADERS, id, ok);
          c.frame(DATA, 0, id, reason);
          c.frame(HEADERS, END_HEADERS, id, field('a', 'b'));
        },
      ],
    ])('that answers %s loses that stream only', async (_, harm) => {
      await expectCut(harm);
    });

    it.each<[string, Harm]>([
      [
        'interrupts a header block',
        (c, id) => {
          c.frame(HEADERS, 0, id, ok);
          c.frame(DATA, END_STREAM, id, reason);
        },
      ],
      [
        'continues a header block on another stream',
        (c, id) => {
          c.frame(HEADERS, 0, id, ok);
          c.frame(CONTINUATION, END_HEADERS, id + 2, ok);
        },
      ],
      ['continues no header block', (c, id) => c.frame(CONTINUATION, END_HEADERS, id, ok)],
      endlessBlock,
      ['pushes', (c, id) => c.frame(PUSH_PROMISE, END_HEADERS, id, Buffer.concat([uint32(2), ok]))],
      ['answers on an even stream', (c) => c.frame(HEADERS, 0x5, 2, ok)],
      ['sends data on a stream that is not open', (c) => c.frame(DATA, END_STREAM, 99, reason)],
      ['sends data on no stream', (c) => c.frame(DATA, 0, 0, reason)],
      ['resets a stream that is not open', (c) => c.frame(RST_STREAM, 0, 99, uint32(8))],
      ['resets with a wrong size', (c, id) => c.frame(RST_STREAM, 0, id, Buffer.alloc(3))],
      ['pads more than there is', (c, id) => c.frame(DATA, PADDED, id, Buffer.of(9, 1, 2))],
      ['says SETTINGS of a wrong size', (c) => c.frame(SETTINGS, 0, 0, Buffer.alloc(5))],
      [
        'says SETTINGS on a stream',
        (c, id) => c.frame(SETTINGS, 0, id, settings([MAX_CONCURRENT_STREAMS, 1])),
      ],
      ['acknowledges SETTINGS with content', (c) => c.frame(SETTINGS, ACK, 0, Buffer.alloc(6))],
      [
        'says a window that cannot be',
        (c) => c.frame(SETTINGS, 0, 0, settings([INITIAL_WINDOW_SIZE, 2 ** 31])),
      ],
      ['says a frame size that cannot be', (c) => c.frame(SETTINGS, 0, 0, settings([MAX_FRAME_SIZE, 100]))],
      ['widens the connection too far', (c) => c.frame(WINDOW_UPDATE, 0, 0, uint32(2 ** 31 - 1))],
      ['widens the connection by nothing', (c) => c.frame(WINDOW_UPDATE, 0, 0, uint32(0))],
      ['asks by a PING of a wrong size', (c) => c.frame(PING, 0, 0, Buffer.alloc(7))],
      ['says GOAWAY of a wrong size', (c) => c.frame(GOAWAY, 0, 0, Buffer.alloc(7))],
      ['refers to a table that is not there', (c, id) => c.frame(HEADERS, 0x5, id, Buffer.of(0xff, 0x20))],
      ['breaks the Huffman code', (c, id) => c.frame(HEADERS, 0x5, id, Buffer.of(0x88, 0, 1, 0x61, 0x81, 0))],
      ['enlarges its table', (c, id) => c.frame(HEADERS, 0x5, id, Buffer.of(0x3f, 0xe2, 0xff, 3, 0x88))],
    ])('that %s loses the connection, and nothing else', async (_, harm) => {
      await expectEnd(harm);
    });
  });
});

/** Polls on the event loop's own pace: for what no event tells. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}
