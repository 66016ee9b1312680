import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { systemClock } from '../../src/domain/clock';
import { silentLogger } from '../../src/domain/logger';
import { createAuthority, issueServerCertificate } from '../../src/sandbox/certificates/authority';
import { publicAddresses } from '../../src/shared/webpush/public-addresses';
import { createEitherClient } from '../../src/transport/either-client';
import type { HttpRequest, HttpResult } from '../../src/transport/port';

const request: HttpRequest = {
  method: 'POST',
  path: '/push?up=1',
  headers: { 'content-type': 'text/plain' },
  sensitive: [],
  body: 'hello',
  timeoutMs: 5_000,
};

describe('a client of HTTP/2 or HTTP/1.1', () => {
  const closing: (() => unknown)[] = [];

  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });

  async function start(allowsAddress?: (address: string) => boolean, host = '127.0.0.1') {
    const authority = await createAuthority(systemClock);
    const { certPem, keyPem } = await issueServerCertificate(
      authority,
      ['localhost', '127.0.0.1'],
      systemClock,
    );
    const versions: string[] = [];
    const server = createServer({ cert: certPem, key: keyPem }, (incoming, response) => {
      versions.push(`${incoming.httpVersion} ${incoming.url ?? ''}`);
      response.end('taken');
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const client = createEitherClient(
      {
        baseUrl: `https://${host}:${String((server.address() as AddressInfo).port)}`,
        proxyUrl: null,
        minConnections: 0,
        maxConnections: 2,
        maxStreamsPerConnection: 100,
        singleStreamUntilFirstAnswer: false,
        tls: { ca: authority.certPem },
        pingIntervalMs: 30_000,
        pingTimeoutMs: 5_000,
        connectTimeoutMs: 5_000,
        idleTimeoutMs: 60_000,
        orHttp1: true,
        ...(allowsAddress === undefined ? {} : { allowsAddress }),
      },
      { clock: systemClock, logger: silentLogger },
    );
    closing.push(
      () => client.close(0),
      () => server.close(),
    );
    const ask = () => new Promise<HttpResult>((resolve) => client.request(request, resolve));
    return { ask, versions };
  }

  it('speaks HTTP/1.1 to a server that has nothing else, and loses no request', async () => {
    const { ask, versions } = await start();
    const answers = await Promise.all([ask(), ask(), ask()]);
    expect(answers.map((answer) => answer.kind)).toEqual(['response', 'response', 'response']);
    expect(await ask()).toMatchObject({ kind: 'response', status: 200, body: 'taken' });
    expect(versions).toEqual(Array(4).fill('1.1 /push?up=1'));
  });

  it.each(['127.0.0.1', 'localhost'])('connects to no private address: %s', async (host) => {
    const { ask, versions } = await start((address) => publicAddresses.has(address), host);
    const answer = await ask();
    expect(answer).toMatchObject({
      kind: 'not_processed',
      cause: expect.stringContaining('none of the internet'),
    });
    expect(versions).toEqual([]);
  });
});
