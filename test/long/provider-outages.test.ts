import { once } from 'node:events';
import { createServer as createTlsServer } from 'node:https';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { reply } from '../../src/sandbox/answer';
import { createTestAuthority } from '../contract/certificates';
import { FakeProxy } from '../contract/fake-proxy';
import { api, apnsToken, closeConnections, eventually, postMessage, send } from '../helpers/client';
import { Fakes } from '../helpers/fakes';
import type { RelayProcess } from '../helpers/relay-process';

/** One app for each way in which nothing can be sent; what its route shows. */
const ways: Readonly<Record<string, RegExp>> = {
  refused: /connection refused/,
  untrusted: /certificate is not trusted/,
  http1: /HTTP\/2/,
  plain: /TLS/,
  noname: /host name/,
  proxy407: /407/,
  proxy502: /502/,
  silent: /no connection within/,
  page: /status 200, text\/html, “Sign in”/,
};

describe('readiness while nothing can be sent', () => {
  let fakes: Fakes;
  let relay: RelayProcess;
  const open: { close(): unknown }[] = [];

  beforeAll(async () => {
    fakes = await Fakes.start();
    const authority = await createTestAuthority();
    const stranger = await authority.issue(['127.0.0.1']);
    const untrusted = await listening(createTlsServer({ ...stranger, ALPNProtocols: ['h2'] }));
    const http1 = await listening(createTlsServer({ ...stranger, ALPNProtocols: ['http/1.1'] }));
    const plain = await listening(createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')));
    const silent = await listening(createServer(() => {}));
    open.push(untrusted, http1, plain, silent);
    const proxies = await Promise.all(
      [407, 502].map((status) => FakeProxy.listen(`HTTP/1.1 ${status} Sorry\r\ncontent-length: 0\r\n\r\n`)),
    );
    open.push(...proxies);
    const portOf = (server: Server) => `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const [p407, p502] = proxies.map(({ port }) => `http://127.0.0.1:${port}`);
    relay = await fakes.startRelay({
      yaml: configuration(fakes, {
        refused: { url: 'https://127.0.0.1:1' },
        untrusted: { url: portOf(untrusted) },
        http1: { url: portOf(http1) },
        plain: { url: portOf(plain) },
        noname: { url: 'https://push.invalid' },
        proxy407: { url: fakes.sandbox.apns.url, proxy: p407 },
        proxy502: { url: fakes.sandbox.apns.url, proxy: p502 },
        silent: { url: portOf(silent) },
        page: { url: fakes.sandbox.apns.url },
      }),
      env: {
        APNS_KEY: '',
        APNS_KEY_ID: '',
        APNS_TEAM_ID: '',
        APNS_TOPIC: '',
        APNS_URL: '',
        APNS_SANDBOX_URL: '',
      },
    });
  });

  afterAll(async () => {
    closeConnections();
    await relay.stop();
    for (const server of open) server.close();
    await fakes[Symbol.asyncDispose]();
  });

  it('names every way, with since when and why, and heals with the first real answer', async () => {
    fakes.sandbox.apns.script({
      when: { token: apnsToken('page/phone') },
      answer: reply(200, undefined, {
        headers: { 'content-type': 'text/html' },
        body: '<title>Sign in</title>',
      }),
    });
    fakes.sandbox.fcm.scriptOAuth({ answer: reply(502, undefined, { body: '<title>Bad gateway</title>' }) });
    for (const app of Object.keys(ways)) {
      await api(relay.url, 'PUT', `/users/${app}/devices/phone`, {
        provider: 'apns',
        app,
        token: apnsToken(`${app}/phone`),
      });
    }
    await api(relay.url, 'PUT', '/users/fay/devices/phone', {
      provider: 'fcm',
      app: 'default',
      token: 'fay:token',
    });
    const idle = await checks(relay);
    expect(idle.every(({ detail }) => detail !== '')).toBe(true);
    await postMessage(relay.url, { to: [...Object.keys(ways), 'fay'], channelId: 'all', channelType: 2 });
    for (const [app, reason] of Object.entries(ways)) {
      // On a busy machine the first attempt may have come to nothing in time, for no other reason.
      const { detail } = await eventually(
        () => degraded(relay, `apns/production/${app}`),
        (check) => reason.test(check.detail),
      );
      expect(detail).toMatch(/since \d{4}-\d\d-\d\dT/);
    }
    const oauth = await degraded(relay, 'fcm/production/default');
    expect(oauth.detail).toMatch(/token endpoint: .*502.*“Bad gateway”/);
    const isOutage = ({ event, app }: Record<string, unknown>) =>
      event === 'provider_outage_began' && app === 'refused';
    await relay.logged(isOutage);
    expect(relay.log.filter(isOutage)).toHaveLength(1);
    fakes.sandbox.apns.reset();
    fakes.sandbox.fcm.reset();
    // What waits may wait for minutes by now.
    await postMessage(relay.url, { to: ['page', 'fay'], channelId: 'all', channelType: 2 });
    for (const name of ['apns/production/page', 'fcm/production/default']) {
      const healed = await eventually(
        () => checkOf(relay, name),
        ({ status }) => status === 'ok',
      );
      expect(healed.detail).toMatch(/last answered at \d{4}-/);
    }
    await relay.logged(({ event, app }) => event === 'provider_outage_ended' && app === 'page');
  });
});

interface Check {
  readonly name: string;
  readonly status: string;
  readonly detail: string;
}

async function checks(relay: RelayProcess): Promise<Check[]> {
  const { text } = await send(relay.url, { method: 'GET', path: '/readyz' });
  return (JSON.parse(text) as { checks: Check[] }).checks;
}

async function checkOf(relay: RelayProcess, name: string): Promise<Check> {
  const found = (await checks(relay)).find((check) => check.name === name);
  if (found === undefined) throw new Error(`no check ${name}`);
  return found;
}

function degraded(relay: RelayProcess, name: string): Promise<Check> {
  return eventually(
    () => checkOf(relay, name),
    ({ status }) => status === 'degraded',
  );
}

async function listening<S extends Server>(server: S): Promise<S> {
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

function configuration(
  fakes: Fakes,
  apps: Readonly<Record<string, { url: string; proxy?: string | undefined }>>,
): string {
  const { apns, serviceAccount } = fakes.sandbox.credentials;
  const yaml: Record<string, object> = {};
  for (const [name, endpoint] of Object.entries(apps)) {
    const { keyPem: key, keyId, teamId, topic } = apns;
    const { url, proxy } = endpoint;
    const credential = { key, key_id: keyId, team_id: teamId, topic, environments: ['production'] };
    yaml[name] = { apns: { ...credential, url, ...(proxy === undefined ? {} : { proxy }) } };
  }
  yaml['default'] = { fcm: { service_account: JSON.stringify(serviceAccount), url: fakes.sandbox.fcm.url } };
  return JSON.stringify({
    apps: yaml,
    delivery: {
      retry: {
        unavailable: { apns_floor_seconds: 0.2, fcm_floor_seconds: 0.2, base_seconds: 0.1 },
        ambiguous: { apns_delay_seconds: 0.2 },
      },
    },
    providers: { apns: { timeout_seconds: 2 } },
  });
}
