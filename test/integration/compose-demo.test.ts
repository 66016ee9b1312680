import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { loadConfig } from '../../src/config/load-config';
import { problemLine } from '../../src/config/problem';
import { closeConnections, eventually, send } from '../helpers/client';
import { RelayProcess, temporaryDirectory } from '../helpers/relay-process';

const root = join(__dirname, '../..');
const read = (name: string) => readFileSync(join(root, name), 'utf8');

const duration = z.string().regex(/^\d+(ms|s|m|h)$/);
const texts = z.array(z.string());
/**
 * What of the Compose specification the project uses, and nothing beside it: a misspelt key is an error here as it is there
 * (https://github.com/compose-spec/compose-spec/blob/main/05-services.md).
 */
const service = z.strictObject({
  build: z.string().optional(),
  image: z.string(),
  profiles: texts.optional(),
  restart: z.enum(['unless-stopped', 'always', 'on-failure', 'no']).optional(),
  depends_on: z
    .record(
      z.string(),
      z.strictObject({
        condition: z.enum(['service_healthy', 'service_started', 'service_completed_successfully']),
        required: z.boolean().optional(),
      }),
    )
    .optional(),
  entrypoint: texts.optional(),
  command: texts.optional(),
  environment: z.record(z.string(), z.string()).optional(),
  secrets: texts.optional(),
  ports: z.array(z.string().regex(/^(?:127\.0\.0\.1:)?\d+:\d+$/)).optional(),
  volumes: z.array(z.string().regex(/^[\w./-]+:\/[\w./-]+(?::ro)?$/)).optional(),
  networks: texts.optional(),
  read_only: z.boolean().optional(),
  tmpfs: texts.optional(),
  cap_drop: texts.optional(),
  cap_add: texts.optional(),
  security_opt: texts.optional(),
  mem_limit: z.string(),
  pids_limit: z.int(),
  stop_signal: z.string().optional(),
  stop_grace_period: duration.optional(),
  healthcheck: z
    .union([
      z.strictObject({ disable: z.literal(true) }),
      z.strictObject({
        test: texts,
        interval: duration,
        timeout: duration,
        retries: z.int(),
        start_period: duration.optional(),
      }),
    ])
    .optional(),
  logging: z.strictObject({ driver: z.string(), options: z.record(z.string(), z.string()) }),
});
const composeFile = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9_-]*$/),
  services: z.record(z.string(), service),
  networks: z.record(z.string(), z.strictObject({ internal: z.boolean().optional() }).nullable()).optional(),
  volumes: z.record(z.string(), z.null()),
  secrets: z
    .record(
      z.string(),
      z.union([z.strictObject({ file: z.string() }), z.strictObject({ environment: z.string() })]),
    )
    .optional(),
});

/** Extensions (`x-…`) may be anything. */
function readCompose(name: string) {
  const document = parse(read(name), { merge: true }) as Record<string, unknown>;
  return composeFile.parse(
    Object.fromEntries(Object.entries(document).filter(([key]) => !key.startsWith('x-'))),
  );
}

it.each(['docker-compose.yml', 'ops/compose/demo.yml'])('%s has the shape that Compose reads', (name) => {
  expect(() => readCompose(name)).not.toThrow();
});

describe('ops/compose/demo.yml', () => {
  const { services, volumes } = readCompose('ops/compose/demo.yml');
  const environmentOf = (name: string) => services[name]?.environment ?? {};

  it('starts a relay with the sandbox and no credential, and asks for no variable', () => {
    const loaded = loadConfig({
      configPath: null,
      // As the image sets them.
      env: { HOST: '0.0.0.0', PORT: '8080', ...environmentOf('relay') },
      cwd: '/app',
      clock: { now: () => Date.UTC(2026, 0, 1), monotonicMs: () => 0 },
      readFile: (path) => {
        throw new Error(path);
      },
    });
    if (!loaded.ok) throw new Error(loaded.problems.map(problemLine).join('\n'));
    expect(loaded.config.store.kind).toBe('embedded');
    expect(read('ops/compose/demo.yml')).not.toMatch(/\$\{\w+(?::?\?|\})/);
  });

  it('gives each service the secrets of the others, and names only what it defines', () => {
    const relay = environmentOf('relay');
    const wukongim = environmentOf('wukongim');
    expect(wukongim['WK_WEBHOOK_HTTPADDR']).toBe(
      `http://relay:8080/webhook/${relay['WEBHOOK_SECRET'] ?? ''}`,
    );
    expect(environmentOf('alice')).toMatchObject({
      API_KEY: relay['API_KEYS'],
      MANAGER_TOKEN: wukongim['WK_MANAGERTOKEN'],
    });
    expect(read('ops/compose/demo.yml')).toContain(`sign in with the key: ${relay['API_KEYS'] ?? ''}\n`);
    for (const { depends_on = {}, volumes: mounts = [] } of Object.values(services)) {
      for (const name of Object.keys(depends_on)) expect(services).toHaveProperty(name);
      for (const [, name = ''] of mounts.map((mount) => /^(\w+):/.exec(mount) ?? []))
        if (name !== '') expect(volumes).toHaveProperty(name);
    }
  });

  it('runs the versions of docker-compose.yml, and is reachable from this machine only', () => {
    const main = readCompose('docker-compose.yml').services;
    for (const name of ['relay', 'wukongim']) expect(services[name]?.image).toBe(main[name]?.image);
    for (const port of Object.values(services).flatMap(({ ports = [] }) => ports))
      expect(port).toMatch(/^127\.0\.0\.1:/);
  });
});

describe('Alice of the demo', () => {
  const apiKey = 'the-api-key-of-this-test';
  const secret = 'the-secret-of-this-test';
  let relay: RelayProcess;
  let wukongim: Server;

  beforeAll(async () => {
    relay = await RelayProcess.start({
      env: {
        PROVIDERS: 'sandbox',
        API_KEYS: apiKey,
        WEBHOOK_SECRET: secret,
        DATA_DIR: await temporaryDirectory(),
      },
    });
    // Nobody is connected to it, so that it reports each message as v2 does.
    wukongim = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const message = JSON.parse(Buffer.concat(chunks).toString()) as { channel_id: string };
        const isAllowed = request.headers['token'] === 'manager' && request.url === '/message/send';
        const body = JSON.stringify({
          ...message,
          message_id: 7001,
          message_idstr: '7001',
          message_seq: 1,
          timestamp: Math.floor(Date.now() / 1000),
          to_uids: [message.channel_id],
        });
        void send(relay.url, { method: 'POST', path: `/webhook/${secret}?event=msg.offline`, body }).then(
          ({ status }) => response.writeHead(isAllowed ? status : 401).end('{}'),
        );
      });
    });
    await new Promise<void>((resolve) => wukongim.listen(0, '127.0.0.1', resolve));
  });

  afterAll(async () => {
    closeConnections();
    wukongim.close();
    await relay[Symbol.asyncDispose]();
  });

  it('registers two phones, and writes to them through WuKongIM', async () => {
    const alice = spawn(process.execPath, [join(root, 'ops/compose/alice.mjs')], {
      env: {
        RELAY_URL: relay.url,
        API_KEY: apiKey,
        WUKONGIM_URL: `http://127.0.0.1:${(wukongim.address() as AddressInfo).port}`,
        MANAGER_TOKEN: 'manager',
        EVERY_SECONDS: '600',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let printed = '';
    for (const stream of [alice.stdout, alice.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (printed += text));
    try {
      const accepted = await eventually(
        async () => {
          const { text } = await send(relay.url, {
            method: 'GET',
            path: '/v1/users/carol/devices',
            headers: { authorization: `Bearer ${apiKey}` },
          });
          return (JSON.parse(text) as { items: { last_accepted_at: string | null }[] }).items;
        },
        (devices) => devices.length === 2 && devices.every((device) => device.last_accepted_at !== null),
      );
      expect(accepted).toHaveLength(2);
      await eventually(
        async () => printed,
        (text) => text.includes('Alice to Carol: Message 1\n'),
      );
    } finally {
      const ended = once(alice, 'exit');
      alice.kill();
      await ended;
    }
  });
});
