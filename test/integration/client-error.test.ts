import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { createClientErrorHandler } from '../../src/api/client-error';
import { HttpServer } from '../../src/http/http-server';
import { systemClock, systemRandom } from '../../src/domain/clock';

interface RawAnswer {
  readonly statusLine: string;
  readonly headers: readonly string[];
  readonly body: string;
}

/** What never becomes a request has an answer all the same. */
describe('bytes that are no request', () => {
  let server: HttpServer;
  let port: number;

  async function listen(headersTimeoutMs?: number): Promise<void> {
    const clientError = createClientErrorHandler(systemClock, systemRandom);
    server = new HttpServer(
      {
        host: '127.0.0.1',
        port: 0,
        descriptor: null,
        keepAliveTimeoutMs: 120_000,
        ...(headersTimeoutMs === undefined ? {} : { headersTimeoutMs }),
      },
      {
        clientError,
        api: (incoming, response) => {
          incoming.on('error', () => {});
          if (incoming.url === '/later')
            incoming.resume().on('end', () => setImmediate(() => setImmediate(() => response.end('fine'))));
          else if (incoming.url === '/begun') response.write('the beginning of an answer');
          else incoming.resume().on('end', () => response.end('fine'));
        },
      },
    );
    port = Number(new URL(await server.start()).port);
  }

  afterEach(() => server.stop(0));

  /** Sends these bytes and reads until the server closes. */
  async function exchange(bytes: string | Buffer): Promise<string> {
    const socket = connect({ host: '127.0.0.1', port });
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    socket.on('error', () => {});
    socket.write(bytes);
    await once(socket, 'close');
    return text;
  }

  function parse(text: string): RawAnswer {
    const [head = '', body = ''] = text.split('\r\n\r\n');
    const [statusLine = '', ...headers] = head.split('\r\n');
    return { statusLine, headers, body };
  }

  const tls = Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03]);

  it.each([
    ['TLS on a port without', tls],
    ['HTTP/2 without upgrade', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['a method with a control character', 'GE\u0001T / HTTP/1.1\r\nhost: x\r\n\r\n'],
    ['a null byte in a header', 'GET / HTTP/1.1\r\nhost: x\u0000y\r\n\r\n'],
    ['two lengths', 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab'],
    [
      'a length and chunks',
      'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['a chunk of no length', 'POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n'],
  ])('%s is 400 malformed_http', async (_, bytes) => {
    await listen();
    const { statusLine, headers, body } = parse(await exchange(bytes));
    expect(statusLine).toBe('HTTP/1.1 400 Bad Request');
    expect(headers).toEqual(
      expect.arrayContaining([
        'content-type: application/problem+json; charset=utf-8',
        `content-length: ${Buffer.byteLength(body)}`,
        'connection: close',
        expect.stringMatching(/^x-request-id: \S+$/),
      ]),
    );
    expect(JSON.parse(body)).toMatchObject({ status: 400, code: 'malformed_http' });
  });

  it.each([
    ['FOO /v1/push HTTP/1.1\r\nhost: x\r\n\r\n', 'The request has a method that HTTP/1.1 does not know.'],
    [tls, 'What arrived is not an HTTP/1.1 request.'],
  ])('tells an unknown method from what is no HTTP', async (bytes, detail) => {
    await listen();
    expect(JSON.parse(parse(await exchange(bytes)).body)).toMatchObject({ code: 'malformed_http', detail });
  });

  it.each(['', 'expect: 100-continue\r\n'])('a request without Host is 400 malformed_http', async (more) => {
    await listen();
    const { statusLine, headers, body } = parse(
      await exchange(`POST / HTTP/1.1\r\n${more}content-length: 3\r\n\r\nabc`),
    );
    expect(statusLine).toBe('HTTP/1.1 400 Bad Request');
    expect(headers).toContainEqual(expect.stringMatching(/^x-request-id: \S+$/));
    expect(JSON.parse(body)).toMatchObject({ status: 400, code: 'malformed_http' });
    expect(await exchange('GET / HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('headers that are too large are 431 headers_too_large', async () => {
    await listen();
    const { statusLine, body } = parse(
      await exchange(`GET / HTTP/1.1\r\nhost: x\r\nx: ${'a'.repeat(20_000)}\r\n\r\n`),
    );
    expect(statusLine).toBe('HTTP/1.1 431 Request Header Fields Too Large');
    expect(JSON.parse(body)).toMatchObject({ status: 431, code: 'headers_too_large' });
  });

  it.each([
    ['', 'host: x\r\n'],
    ['a body of', 'host: x\r\ncontent-length: 3\r\n'],
    [
      'a request that waits for 100 Continue, with',
      'host: x\r\nexpect: 100-continue\r\ncontent-length: 3\r\n',
    ],
  ])('%s more headers than are looked at are 431, wherever they stand', async (_, own) => {
    await listen();
    const many = Array.from({ length: 1_001 }, (_, index) => `a${index}:\r\n`).join('');
    for (const headers of [many + own, own + many]) {
      const {
        statusLine,
        headers: given,
        body,
      } = parse(await exchange(`POST / HTTP/1.1\r\n${headers}\r\nabc`));
      expect(statusLine).toBe('HTTP/1.1 431 Request Header Fields Too Large');
      expect(given.map((line) => line.toLowerCase())).toContain('connection: close');
      expect(JSON.parse(body)).toMatchObject({ status: 431, code: 'headers_too_large' });
    }
  });

  it('as many headers as are looked at are served, those behind them included', async () => {
    await listen();
    const many = Array.from({ length: 997 }, (_, index) => `a${index}:\r\n`).join('');
    const text = await exchange(
      `POST / HTTP/1.1\r\n${many}host: x\r\ncontent-length: 3\r\nconnection: close\r\n\r\nabc`,
    );
    expect(text).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('headers that never end are 408 request_timeout', async () => {
    await listen(200);
    const { statusLine, body } = parse(await exchange('GET / HTTP/1.1\r\nhost: x\r\nx: a'));
    expect(statusLine).toBe('HTTP/1.1 408 Request Timeout');
    expect(JSON.parse(body)).toMatchObject({ status: 408, code: 'request_timeout' });
  });

  it('rubbish after a request does not spoil an answer that has begun', async () => {
    await listen();
    const text = await exchange(
      'POST /begun HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n',
    );
    expect(text).not.toContain('problem+json');
  });

  const good = 'POST /later HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\n\r\nabc';
  const chunked =
    'POST /later HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n';

  it.each([
    ['rubbish', good, 'XYZ\r\n\r\n', 1],
    ['rubbish after chunks', chunked, 'XYZ\r\n\r\n', 1],
    ['TLS', good, '\u0016\u0003\u0001', 1],
    ['rubbish after three requests', good + chunked + good, 'XYZ\r\n\r\n', 3],
    [
      'a request whose headers contradict',
      good,
      'POST / HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n',
      1,
    ],
    [
      'a request whose chunks are none',
      good + good,
      'POST /later HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n',
      2,
    ],
    ['headers that are too large', good, `GET / HTTP/1.1\r\nhost: x\r\nx: ${'a'.repeat(20_000)}\r\n\r\n`, 1],
  ])(
    'the first answers belong to the first requests, then comes the one to %s',
    async (_, whole, rest, count) => {
      await listen();
      const statuses = (text: string) => [...text.matchAll(/HTTP\/1\.1 (\d+) /g)].map(([, status]) => status);
      const together = statuses(await exchange(whole + rest));
      expect(together.slice(0, count)).toEqual(Array(count).fill('200'));
      expect(together.slice(count)).toEqual([expect.stringMatching(/^4/)]);
      const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
      let text = '';
      socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      socket.end(whole + rest);
      await once(socket, 'close');
      expect(statuses(text).slice(0, count)).toEqual(Array(count).fill('200'));
    },
  );

  it('a client that closes its side early has its answers all the same', async () => {
    await listen();
    const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    socket.end(good + chunked);
    await once(socket, 'close');
    expect(text.match(/HTTP\/1\.1 200 /g)).toHaveLength(2);
  });

  it('a client that does not close its side is cut off', async () => {
    await listen();
    const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
    socket.on('error', () => {}).resume();
    socket.write('nonsense\r\n\r\n');
    await once(socket, 'end');
    // The listener ends only when no connection is left.
    await server.stop(10_000);
    socket.destroy();
  });

  it('other clients are served meanwhile', async () => {
    await listen();
    await exchange('nonsense\r\n\r\n');
    const asked = request({ host: '127.0.0.1', port, path: '/' }).end();
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    expect(answer.statusCode).toBe(200);
    answer.resume();
  });
});
