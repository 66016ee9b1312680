import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer, request, type IncomingHttpHeaders, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { api, apnsToken, closeConnections, eventually } from '../helpers/client';
import { describeWithProgram } from '../helpers/describe-with-program';
import { Fakes } from '../helpers/fakes';
import { describeWithRedis, RedisServer } from '../helpers/redis-server';
import { temporaryDirectory, type RelayProcess } from '../helpers/relay-process';

const nginx = { command: 'nginx', args: ['-v'], aptPackage: 'nginx-light' };
const guide = readFileSync(join(__dirname, '../../docs/adopt.md'), 'utf8');

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: number;
}

/** A server of TangSengDaoDao, and of the WebSocket that the same nginx serves. */
class FakeTangsengdaodao {
  readonly seen: Seen[] = [];
  readonly #server: Server;

  constructor() {
    this.#server = createServer((incoming, response) => {
      let bytes = 0;
      incoming.on('data', (chunk: Buffer) => (bytes += chunk.length));
      incoming.on('end', () => {
        const { method = '', url = '', headers } = incoming;
        this.seen.push({ method, url, headers, bytes });
        response.setHeader('content-type', 'application/json').end('{"of":"tangsengdaodao"}');
      });
    });
    this.#server.on('upgrade', (_incoming, socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
      socket.on('error', () => socket.destroy());
      socket.pipe(socket);
    });
  }

  async start(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

/** What the guide prints, in the server that an installation has already, which is one of several. */
function configuration(relay: string, tangsengdaodao: string, files: string): string {
  const [, block = ''] = /^ *```nginx\n([\s\S]*?)^ *```/m.exec(guide) ?? [];
  expect(block).toContain('http://push-relay:8080');
  const rule = block.replace('http://push-relay:8080', relay);
  const own = `
    listen unix:${files}/nginx.sock;
    server_name im.example.com;
    client_max_body_size 100m;
    proxy_http_version 1.1;
    proxy_set_header Host $http_host;
    proxy_set_header X-Real-IP $remote_addr;
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection "upgrade";
    location / { proxy_pass http://${tangsengdaodao}; }`;
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `
    daemon off; master_process off; pid ${files}/nginx.pid; error_log stderr notice;
    events {}
    http {
      access_log off;
      ${paths.map((name) => `${name}_temp_path ${files}/${name};`).join(' ')}
      server { listen unix:${files}/nginx.sock default_server; return 404; }
      ${rule.replace('server {', (start) => `${start}${own}`)}
    }`;
}

describeWithRedis('the rule for nginx in docs/adopt.md', () => {
  describeWithProgram(nginx, 'with nginx', () => {
    const tangsengdaodao = new FakeTangsengdaodao();
    let fakes: Fakes;
    let redis: RedisServer;
    let relay: RelayProcess;
    let proxy: ChildProcess;
    let socketPath: string;
    let topic: string;

    beforeAll(async () => {
      fakes = await Fakes.start();
      topic = fakes.sandbox.credentials.apns.topic;
      redis = await RedisServer.start();
      const client = new Redis(redis.url);
      await client.set('token:login-of-ann', '{"uid":"ann","name":"Ann","role":"","ver":1}');
      client.disconnect();
      const yaml = JSON.stringify({ compat: { tangsengdaodao: { redis_url: redis.url } } });
      relay = await fakes.startRelay({ yaml });
      const files = await temporaryDirectory();
      socketPath = join(files, 'nginx.sock');
      await writeFile(
        join(files, 'nginx.conf'),
        configuration(relay.url, await tangsengdaodao.start(), files),
      );
      proxy = spawn('nginx', ['-e', 'stderr', '-c', join(files, 'nginx.conf')], {
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      await started(proxy);
      await eventually(
        () => raw('POST', '/v1/user/device_badge', { body: '{"badge":0}' }),
        ({ status }) => status === 200,
      );
      tangsengdaodao.seen.splice(0);
    });

    afterAll(async () => {
      if (proxy.exitCode === null && proxy.signalCode === null) {
        proxy.kill('SIGKILL');
        await once(proxy, 'exit');
      }
      tangsengdaodao.stop();
      closeConnections();
      await relay.stop();
      await redis.stop();
      await fakes[Symbol.asyncDispose]();
    });

    /** As the clients call: with a login token, to the address that they have always had. */
    const raw = (
      method: string,
      path: string,
      { headers = {}, body }: { headers?: Record<string, string>; body?: string | Buffer } = {},
    ): Promise<{ status: number; text: string }> =>
      new Promise((resolve, reject) => {
        const type = body === undefined ? {} : { 'content-type': 'application/json' };
        const all = { host: 'im.example.com', token: 'login-of-ann', ...type, ...headers };
        const sent = request({ socketPath, method, path, headers: all }, (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('end', () =>
            resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }),
          );
        });
        sent.on('error', reject);
        sent.end(body);
      });
    const call = async (...what: Parameters<typeof raw>) => {
      const { status, text } = await raw(...what);
      return { status, body: JSON.parse(text) as unknown };
    };
    const ids = async () =>
      ((await api(relay.url, 'GET', '/users/ann/devices')).body as { items: { device_id: string }[] }).items
        .map(({ device_id }) => device_id)
        .sort();
    const install = (type: string, bundle: string, token: string) =>
      JSON.stringify({ device_type: type, bundle_id: bundle, device_token: token });
    const ok = { status: 200, body: { status: 200 } };
    const elsewhere = { status: 200, body: { of: 'tangsengdaodao' } };

    it('sends the three requests to the relay, with the headers that tell one app from another', async () => {
      const path = '/v1/user/device_token';
      const android = install('FIREBASE', 'com.example.android', 'fcm-token-of-ann');
      for (const body of [install('IOS', topic, apnsToken('ann')), android])
        expect(await call('POST', path, { body })).toEqual(ok);
      expect(await ids()).toEqual(['FIREBASE:com.example.android', `IOS:${topic}`]);
      expect(await call('POST', '/v1/user/device_badge', { body: '{"badge":3}' })).toEqual(ok);
      expect((await api(relay.url, 'GET', '/users/ann/badge')).body).toMatchObject({ count: 3 });
      // iOS names its app in a header with an underscore: without it all devices of the user would go.
      expect(await call('DELETE', path, { headers: { bundle_id: topic } })).toEqual(ok);
      expect(await ids()).toEqual(['FIREBASE:com.example.android']);
      expect(await call('DELETE', path, { headers: { package: 'com.example.android' } })).toEqual(ok);
      expect(await ids()).toEqual([]);
      expect(tangsengdaodao.seen).toEqual([]);
    });

    it("lets the relay's refusals through in TangSengDaoDao's words", async () => {
      const path = '/v1/user/device_token';
      expect(await call('POST', path, { headers: { token: 'of-nobody' }, body: '{}' })).toEqual({
        status: 401,
        body: { msg: '请先登录！' },
      });
      const tooLarge = install('IOS', topic, 'f'.repeat(4 * 1024 * 1024));
      expect(await call('POST', path, { body: tooLarge })).toMatchObject({
        status: 400,
        body: { status: 400 },
      });
      expect(await call('POST', path, { body: '{"device_token":' })).toMatchObject({ status: 400 });
    });

    it('leaves all other requests to TangSengDaoDao, as they came', async () => {
      const others = [
        ['GET', '/v1/user/devices'],
        ['POST', '/v1/user/device_tokens'],
        ['POST', '/v1/user/device_token/'],
        ['POST', '/v1/user/device_token/x?y=1'],
        ['PUT', '/v1/users/ann/devices/phone'],
        ['POST', '/v1/manager/user/device_token'],
        ['POST', '/v1/user/login?a=%2Fv1%2Fuser%2Fdevice_token'],
      ] as const;
      for (const [method, path] of others) expect(await call(method, path)).toEqual(elsewhere);
      expect(tangsengdaodao.seen.splice(0).map(({ method, url }) => [method, url])).toEqual(others);
      const body = Buffer.alloc(40 * 1024 * 1024, 'x');
      expect(await call('POST', '/v1/file/upload', { body })).toEqual(elsewhere);
      expect(tangsengdaodao.seen.splice(0)).toMatchObject([
        { bytes: body.length, headers: { host: 'im.example.com', token: 'login-of-ann' } },
      ]);
      expect(await ids()).toEqual([]);
    });

    it('leaves a WebSocket alone', async () => {
      const socket = connect(socketPath);
      const got: Buffer[] = [];
      socket.on('data', (chunk: Buffer) => {
        got.push(chunk);
        socket.emit('more');
      });
      const until = async (end: string) => {
        while (!Buffer.concat(got).toString().endsWith(end)) await once(socket, 'more');
      };
      socket.write(
        'GET /ws HTTP/1.1\r\nHost: im.example.com\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
      );
      await until('\r\n\r\n');
      expect(Buffer.concat(got).toString()).toMatch(/^HTTP\/1\.1 101 /);
      socket.write('ping of the client');
      await until('ping of the client');
      socket.destroy();
    });

    it('keeps everything else going while the relay is away', async () => {
      await relay.stop();
      expect(await raw('POST', '/v1/user/device_token', { body: '{}' })).toMatchObject({ status: 502 });
      expect(await call('GET', '/v1/user/devices')).toEqual(elsewhere);
    });
  });
});

/** It is up once it has said by which method it waits for events. */
async function started(child: ChildProcess): Promise<void> {
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    said += String(chunk);
    child.emit('said');
  });
  child.once('exit', () => child.emit('said'));
  while (!said.includes('using the "epoll"')) {
    await once(child, 'said');
    if (child.exitCode !== null) throw new Error(`nginx ended: ${said}`);
  }
}
