import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createSecureServer } from 'node:http2';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '../../src/domain/logger';
import { createHttp2Client } from '../../src/transport/http2-client';
import type { HttpClient, Http2ClientOptions, HttpRequest, HttpResult } from '../../src/transport/port';
import { describeWithProgram } from '../helpers/describe-with-program';
import { freePort } from '../helpers/free-port';
import { goEnvironment } from '../helpers/go-environment';
import { createTestAuthority, type TestAuthority, type TestCertificate } from '../contract/certificates';

const go = { command: 'go', args: ['version'], aptPackage: 'golang-go' };
const nghttpd = { command: 'nghttpd', args: ['--version'], aptPackage: 'nghttp2-server' };
const goSource = join(__dirname, '../peers/go-http2');

/** Servers that others wrote: what they make of the frames is not what this project made of the RFC. */
describe('HTTP/2 client, with servers of others', () => {
  let directory: string;
  let authority: TestAuthority;
  let certificate: TestCertificate;
  let certFile: string;
  let keyFile: string;
  let goBinary: string;
  let releases: (() => unknown)[] = [];

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'http2-peers-'));
    authority = await createTestAuthority();
    certificate = await authority.issue(['localhost', '127.0.0.1']);
    certFile = join(directory, 'cert.pem');
    keyFile = join(directory, 'key.pem');
    await writeFile(certFile, certificate.cert);
    await writeFile(keyFile, certificate.key);
  });

  afterAll(() => rm(directory, { recursive: true, force: true }));

  afterEach(async () => {
    const taken = releases.reverse();
    releases = [];
    for (const release of taken) await release();
  });

  function program(
    name: string,
    args: readonly string[],
    aptPackage: string,
    options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
  ): ChildProcess {
    const child = spawn(name, args, { stdio: ['pipe', 'pipe', 'inherit'], ...options });
    child.on('error', (error) => {
      throw new Error(`cannot start ${name}, of the package ${aptPackage}: ${error.message}`);
    });
    return child;
  }

  function release(child: ChildProcess): void {
    releases.push(async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exit = once(child, 'exit');
      child.kill('SIGKILL');
      await exit;
    });
  }

  async function startGo(): Promise<{ url: string; child: ChildProcess }> {
    const child = spawn(goBinary, [certFile, keyFile], { stdio: ['pipe', 'pipe', 'ignore'] });
    release(child);
    const [port] = (await once(child.stdout, 'data')) as [Buffer];
    return { url: `https://localhost:${Number(port.toString())}`, child };
  }

  async function startNghttpd(...args: readonly string[]): Promise<string> {
    const port = await freePort();
    const all = [...args, '--echo-upload', '-a', '127.0.0.1', String(port), keyFile, certFile];
    release(program('nghttpd', all, 'nghttp2-server'));
    await listening(port);
    return `https://localhost:${port}`;
  }

  async function startNode(settings: {
    headerTableSize?: number;
    initialWindowSize?: number;
  }): Promise<string> {
    const server = createSecureServer({ ...certificate, settings });
    server.on('stream', (stream, headers) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        stream.respond({ ':status': 200, 'apns-id': headers['apns-id'], 'x-fixed': 'again and again' });
        stream.end(Buffer.concat(chunks));
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    releases.push(() => new Promise((resolve) => server.close(resolve)));
    return `https://localhost:${(server.address() as AddressInfo).port}`;
  }

  function connectTo(baseUrl: string, options: Partial<Http2ClientOptions> = {}): HttpClient {
    const client = createHttp2Client(
      {
        baseUrl,
        proxyUrl: null,
        minConnections: 1,
        maxConnections: 2,
        maxStreamsPerConnection: 1000,
        singleStreamUntilFirstAnswer: false,
        tls: { ca: authority.cert },
        pingIntervalMs: 200,
        pingTimeoutMs: 10_000,
        connectTimeoutMs: 10_000,
        idleTimeoutMs: 60_000,
        ...options,
      },
      { clock: { now: () => performance.now(), monotonicMs: () => performance.now() }, logger: silentLogger },
    );
    releases.push(() => client.close(0));
    return client;
  }

  const ask = (client: HttpClient, request: Partial<HttpRequest>): Promise<HttpResult> =>
    new Promise((resolve) =>
      client.request(
        { method: 'POST', path: '/p', headers: {}, sensitive: [], timeoutMs: 25_000, body: '', ...request },
        resolve,
      ),
    );

  const bodyOf = (result: HttpResult): string => (result.kind === 'response' ? result.body : result.cause);

  /** Bodies that exceed every window, each told apart, and headers of every length. */
  async function echoes(client: HttpClient, count: number, bytes: number): Promise<void> {
    const bodies = Array.from({ length: count }, (_, i) => `${i}:`.padEnd(bytes, String(i % 10)));
    const results = await Promise.all(
      bodies.map((body, i) =>
        ask(client, {
          path: `/3/device/${'f'.repeat(i % 130)}`,
          headers: { authorization: `bearer ${'x'.repeat(1 + (i % 400))}`, 'apns-id': String(i) },
          sensitive: [':path', 'authorization'],
          body: i % 2 === 0 ? body : Buffer.from(body),
        }),
      ),
    );
    expect(results.map(bodyOf)).toEqual(bodies);
  }

  describeWithProgram(nghttpd, 'with nghttpd', () => {
    it.each([
      ['as it comes', []],
      ['with small windows', ['-w', '12', '-W', '13']],
      ['with few streams', ['-m', '3']],
      ['with padding', ['-b', '255']],
      ['with a table of no size', ['-c', '0', '--encoder-header-table-size', '0']],
      ['with a large table', ['-c', '65536', '--encoder-header-table-size', '65536']],
      ['with trailers', ['--trailer', 'x-trailer: yes']],
    ])('%s, gets back what it sent', async (_, args) => {
      const client = connectTo(await startNghttpd(...args));
      await echoes(client, 1, 10);
      await echoes(client, 300, 4096);
      await echoes(client, 4, 60_000);
    });

    it('is told the status of what is not there', async () => {
      const client = connectTo(await startNghttpd('-d', directory));
      expect(await ask(client, { method: 'GET', path: '/nothing' })).toMatchObject({ status: 404 });
      expect(await ask(client, { method: 'GET', path: '/cert.pem' })).toMatchObject({
        status: 200,
        body: certificate.cert,
      });
    });
  });

  describeWithProgram(go, 'with the server of Go', () => {
    beforeAll(async () => {
      goBinary = join(directory, 'peer');
      const env = { ...process.env, ...goEnvironment, GOFLAGS: '-mod=mod', GO111MODULE: 'on' };
      const build = program('go', ['build', '-o', goBinary, '.'], 'golang-go', { cwd: goSource, env });
      const [code] = (await once(build, 'exit')) as [number | null];
      if (code !== 0) throw new Error(`go build ended with ${code}`);
    });

    it('has 1,000 bodies of 4 KB taken, each answered for itself', async () => {
      const { url } = await startGo();
      const client = connectTo(url);
      const results = await Promise.all(
        Array.from({ length: 1000 }, (_, i) =>
          ask(client, { headers: { 'apns-id': `id-${i}` }, body: String(i).padEnd(4096, '.') }),
        ),
      );
      results.forEach((result, i) =>
        expect(result).toMatchObject({
          kind: 'response',
          status: 200,
          headers: { 'apns-id': `id-${i}`, 'x-proto': 'HTTP/2.0', 'x-long': '~'.repeat(4096) },
          body: `4096 bytes from ${String(i).padEnd(8, '.')}`,
        }),
      );
    });

    it('reads every status, trailers, and answers that come early or never', async () => {
      const { url } = await startGo();
      const client = connectTo(url);
      for (const status of [200, 204, 304, 400, 403, 404, 410, 413, 429, 500, 503])
        expect(await ask(client, { path: `/?status=${status}`, body: 'x' })).toMatchObject({ status });
      expect(await ask(client, { path: '/?trailer', body: 'x' })).toMatchObject({ body: '1 bytes from x' });
      expect(await ask(client, { path: '/?early', body: 'x'.repeat(500_000) })).toMatchObject({
        status: 413,
      });
      expect((await ask(client, { path: '/?abort', body: 'x' })).kind).toBe('cut');
      expect((await ask(client, { path: '/?delay=500', body: 'x', timeoutMs: 100 })).kind).toBe('cut');
      expect(await ask(client, { body: 'still' })).toMatchObject({ body: '5 bytes from still' });
    });

    it('loses nothing that is in flight when the server shuts down', async () => {
      const { url, child } = await startGo();
      const client = connectTo(url);
      await ask(client, { body: 'warm' });
      const results = Array.from({ length: 100 }, () => ask(client, { path: '/?delay=300', body: 'x' }));
      await ask(client, { body: 'behind them' });
      child.stdin?.end();
      for (const result of await Promise.all(results)) expect(result).toMatchObject({ status: 200 });
    });
  });

  describe('with node:http2', () => {
    it.each([
      ['as it comes', {}],
      ['with a small window', { initialWindowSize: 100 }],
      ['with no table', { headerTableSize: 0 }],
    ])('%s, gets back what it sent', async (_, settings) => {
      const client = connectTo(await startNode(settings));
      await echoes(client, 1, 10);
      await echoes(client, 300, 4096);
    });
  });
});

/** Tries until something listens: nghttpd says nothing when it does. */
async function listening(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    const isUp = await new Promise<boolean>((resolve) =>
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false)),
    );
    socket.destroy();
    if (isUp) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
