import { get } from 'node:http';
import { writeFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import type { Figures } from '../../src/dashboard/figures';
import { api, closeConnections, eventually, send, type Answer } from '../helpers/client';
import { apiKey, webhookSecret } from '../helpers/fakes';
import { RelayProcess, temporaryDirectory } from '../helpers/relay-process';

const env = { API_KEYS: apiKey, WEBHOOK_SECRET: webhookSecret };

interface Asking {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** The page's own origin unless it says otherwise; null: none. */
  readonly origin?: string | null;
}

function ask(url: string, method: string, path: string, { headers = {}, body, origin }: Asking = {}) {
  return send(url, {
    method,
    path,
    headers: {
      ...(origin === null || method === 'GET' ? {} : { origin: origin ?? url }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

const signIn = (url: string, key: string, more: Asking = {}): Promise<Answer> =>
  ask(url, 'POST', '/dashboard/session', { body: { key }, ...more });

function cookieOf({ headers }: Answer): string {
  const [cookie = ''] = headers['set-cookie'] as string[];
  return cookie;
}

/** The header that a browser sends afterwards. */
async function session(url: string, key = apiKey): Promise<{ cookie: string }> {
  return { cookie: cookieOf(await signIn(url, key)).split(';', 1)[0] ?? '' };
}

const codeOf = ({ text }: Answer): unknown => (JSON.parse(text) as { code?: unknown }).code;

afterAll(() => closeConnections());

describe('the dashboard of a relay with API keys', () => {
  let relay: RelayProcess;

  beforeAll(async () => {
    relay = await RelayProcess.start({ env });
  });

  afterAll(() => relay.stop());

  it('serves its page to everyone, with nothing that a strict policy would not run', async () => {
    const page = await ask(relay.url, 'GET', '/');
    expect([page.status, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    const policy = String(page.headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
    expect(policy).not.toContain('unsafe');
    expect(policy).toContain("frame-ancestors 'none'");
    expect(page.text).not.toMatch(/<style|style=|<script(?![^>]* src=)|https?:/);
    for (const [, path = ''] of page.text.matchAll(/(?:src|href)="([^"]+)"/g)) {
      const file = await ask(relay.url, 'GET', path);
      expect([path, file.status, file.headers['x-content-type-options']]).toEqual([path, 200, 'nosniff']);
    }
  });

  it('serves no other file', async () => {
    const traversal = await ask(relay.url, 'GET', '/dashboard/..%2fdashboard.js');
    expect(traversal.status).toBe(404);
    for (const path of ['/dashboard/', '/dashboard/constructor', '/dashboard/page.js.map'])
      expect((await ask(relay.url, 'GET', path)).status).toBe(404);
  });

  it.each(['/dashboard/figures', '/dashboard/configuration', '/dashboard/phones'])(
    'tells strangers nothing at %s',
    async (path) => {
      expect((await ask(relay.url, 'GET', path)).status).toBe(401);
      expect((await ask(relay.url, 'GET', path, { headers: { cookie: 'relay_session=1.x' } })).status).toBe(
        401,
      );
    },
  );

  it('opens a session for a key, in a cookie that no script and no other site can use', async () => {
    const answer = await signIn(relay.url, apiKey);
    expect([answer.status, answer.text]).toEqual([204, '']);
    expect(cookieOf(answer)).toMatch(
      /^relay_session=[\w.-]+; Path=\/; Max-Age=43200; HttpOnly; SameSite=Strict$/,
    );
    const behindTls = { origin: 'https://push.example', headers: { 'sec-fetch-site': 'same-origin' } };
    expect(cookieOf(await signIn(relay.url, apiKey, behindTls))).toMatch(/; Secure$/);
  });

  it('lets the session call what the key may call', async () => {
    const headers = await session(relay.url);
    const device = { provider: 'apns', token: 'ab'.repeat(32) };
    const put = await ask(relay.url, 'PUT', '/v1/users/carol/devices/phone', { headers, body: device });
    expect(put.status).toBe(201);
    expect((await ask(relay.url, 'GET', '/v1/users/carol/devices', { headers })).status).toBe(200);
    const figures = await ask(relay.url, 'GET', '/dashboard/figures', { headers });
    expect(JSON.parse(figures.text)).toMatchObject({ status: 'ready', events_lost: 0, inbox: { direct: 0 } });
  });

  it('counts the messages that the webhook took, and lists no outcome that did not happen', async () => {
    const headers = await session(relay.url);
    const figuresNow = async () =>
      JSON.parse((await ask(relay.url, 'GET', '/dashboard/figures', { headers })).text) as Figures;
    const before = await figuresNow();
    const body = {
      message_id: 7,
      from_uid: 'a',
      channel_id: 'b',
      channel_type: 1,
      to_uids: ['b'],
      payload: '',
    };
    const path = `/webhook/${webhookSecret}?event=msg.offline`;
    expect((await ask(relay.url, 'POST', path, { body })).status).toBe(200);
    const after = await figuresNow();
    expect(after.webhooks).toBe(before.webhooks + 1);
    expect(after.deliveries.filter(({ count }) => count === 0)).toEqual([]);
  });

  it('finds the session beside a cookie of the same name that another host has set', async () => {
    const { cookie } = await session(relay.url);
    const headers = { cookie: `relay_session=1.x; ${cookie}; relay_session=` };
    expect((await ask(relay.url, 'GET', '/v1/users/carol/devices', { headers })).status).toBe(200);
  });

  it('looks at a few sessions of a request only', async () => {
    const { cookie = '' } = await session(relay.url);
    const statusBehind = async (others: number) => {
      const all = [...Array<string>(others).fill('relay_session=of-another-host'), cookie].join('; ');
      return (await ask(relay.url, 'GET', '/v1/dead-letters', { headers: { cookie: all } })).status;
    };
    expect([await statusBehind(3), await statusBehind(4)]).toEqual([200, 401]);
  });

  it('shows the configuration without secrets, what was set first', async () => {
    const headers = await session(relay.url);
    const { text } = await ask(relay.url, 'GET', '/dashboard/configuration', { headers });
    const { items } = JSON.parse(text) as { items: { key: string; source: string | null }[] };
    const set = items.filter(({ source }) => source !== null);
    expect(items.slice(0, set.length)).toEqual(set);
    expect(set.map(({ key }) => key)).toContain('api.keys');
    expect(text).not.toContain(apiKey);
    expect(text).not.toContain(webhookSecret);
  });

  it.each([
    ['another origin', { origin: 'https://evil.example' }],
    ['another port of the same machine', { origin: 'http://127.0.0.1:1' }],
    ['no origin', { origin: null }],
    ['a hidden origin', { origin: 'null' }],
    ['another site, as the browser tells', { headers: { 'sec-fetch-site': 'cross-site' } }],
    ['another origin of the site, as the browser tells', { headers: { 'sec-fetch-site': 'same-site' } }],
  ])('changes nothing for a page of %s', async (_, more: Asking) => {
    const own = await session(relay.url);
    const headers = { ...own, ...more.headers };
    const path = '/v1/users/carol/mutes/1/eve';
    const refused = await ask(relay.url, 'PUT', path, { ...more, headers, body: {} });
    expect([refused.status, codeOf(refused)]).toEqual([403, 'foreign_page']);
    const mutes = await api(relay.url, 'GET', '/users/carol/mutes');
    expect(mutes.body.items).toEqual([]);
    // Nor does it sign its visitor in.
    expect((await signIn(relay.url, apiKey, more)).status).toBe(403);
  });

  it('takes no session that it did not sign, or that is over', async () => {
    const { cookie } = await session(relay.url);
    const end = Number(/=(\d+)\./.exec(cookie)?.[1]);
    for (const forged of [
      cookie.replace(String(end), String(end + 1)),
      cookie.replace(String(end), '1'),
      `${cookie}A`,
      cookie.slice(0, -1),
    ])
      expect((await ask(relay.url, 'GET', '/v1/dead-letters', { headers: { cookie: forged } })).status).toBe(
        401,
      );
  });

  it('ends the session in the browser', async () => {
    const headers = await session(relay.url);
    const answer = await ask(relay.url, 'DELETE', '/dashboard/session', { headers });
    expect(cookieOf(answer)).toMatch(/^relay_session=; Path=\/; Max-Age=0; HttpOnly/);
  });

  it('slows down whoever tries keys, and not the API', async () => {
    const tried: number[] = [];
    for (let count = 0; count < 11; count += 1)
      tried.push((await signIn(relay.url, `wrong key ${count}`)).status);
    expect(tried).toEqual([...Array<number>(10).fill(401), 429]);
    const late = await signIn(relay.url, apiKey);
    expect([late.status, codeOf(late)]).toEqual([429, 'too_many_wrong_keys']);
    expect(Number(late.headers['retry-after'])).toBeGreaterThan(0);
    expect((await api(relay.url, 'GET', '/dead-letters')).status).toBe(200);
    await relay.logged(({ event, code }) => event === 'api_unauthenticated' && code === 'dashboard_login');
    expect(JSON.stringify(relay.log)).not.toContain('wrong key');
  });
});

describe('the dashboard of a relay without API keys', () => {
  it('needs no login on this machine, and is for this machine alone', async () => {
    await using relay = await RelayProcess.start();
    const { text } = await ask(relay.url, 'GET', '/dashboard/session');
    expect(JSON.parse(text)).toMatchObject({ signed_in: true, needs_key: false, sandbox: true });
    expect((await ask(relay.url, 'GET', '/dashboard/figures')).status).toBe(200);
    // Where a newcomer looks for it.
    expect(await relay.logged(({ event }) => event === 'relay_listening')).toMatchObject({
      dashboard: `${relay.url}/`,
    });
    const rebound = await ask(relay.url, 'GET', '/dashboard/figures', { headers: { host: 'evil.example' } });
    expect([rebound.status, codeOf(rebound)]).toEqual([403, 'not_local']);
  });

  it('is off where strangers could reach it', async () => {
    const yaml = 'server: { allow_unauthenticated: true }\nproviders: { mode: sandbox }\n';
    await using relay = await RelayProcess.start({ yaml, env: { HOST: '0.0.0.0' } });
    for (const path of ['/', '/dashboard/session', '/dashboard/figures', '/dashboard/page.js'])
      expect((await ask(relay.url, 'GET', path)).status).toBe(404);
  });
});

describe('the addresses that a relay prints', () => {
  const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  const hasIpv6 = addresses.some(({ address }) => address === '::1');
  if (!hasIpv6) process.stderr.write('Listening on :: is not tested: this machine has no ::1\n');
  const hosts = [{ host: '0.0.0.0', opened: '127.0.0.1' }];
  if (hasIpv6) hosts.push({ host: '::', opened: '[::1]' });

  it.each(hosts)('can be opened on this machine, though it listens on $host', async ({ host, opened }) => {
    const yaml = `server: { admin: { host: '${host}', port: 0 } }\nproviders: { mode: sandbox }\n`;
    const secrets = { WEBHOOK_SECRET: '0123456789abcdef', API_KEYS: apiKey };
    await using relay = await RelayProcess.start({ yaml, env: { HOST: host, ...secrets } });
    const line = await relay.logged(({ event }) => event === 'relay_listening');
    expect(line).toMatchObject({ host, adminHost: host });
    for (const name of ['url', 'adminUrl', 'dashboard']) {
      const { hostname, origin } = new URL(String(line[name]));
      expect(hostname).toBe(opened);
      expect((await ask(origin, 'GET', '/healthz')).status).toBe(200);
    }
  });
});

describe('the dashboard on the admin port', () => {
  it('moves there, and takes the REST API along for its sessions', async () => {
    await using relay = await RelayProcess.start({ env, yaml: 'server: { admin: { port: 0 } }\n' });
    const line = await relay.logged((one) => typeof one['adminUrl'] === 'string');
    const adminUrl = String(line['adminUrl']);
    expect((await ask(relay.url, 'GET', '/')).status).toBe(404);
    expect((await ask(relay.url, 'GET', '/dashboard/session')).status).toBe(404);
    expect((await ask(adminUrl, 'GET', '/')).status).toBe(200);
    expect((await ask(adminUrl, 'GET', '/metrics')).status).toBe(200);
    const withKey = { headers: { authorization: `Bearer ${apiKey}` } };
    expect((await ask(adminUrl, 'GET', '/v1/dead-letters')).status).toBe(401);
    expect((await ask(adminUrl, 'GET', '/v1/dead-letters', withKey)).status).toBe(401);
    const headers = await session(adminUrl);
    expect((await ask(adminUrl, 'GET', '/v1/dead-letters', { headers })).status).toBe(200);
    expect((await ask(adminUrl, 'GET', '/dashboard/figures', { headers })).status).toBe(200);
    const foreign = { headers, origin: relay.url };
    expect((await ask(adminUrl, 'DELETE', '/v1/users/carol/devices', foreign)).status).toBe(403);
  });

  it('is off where strangers could reach it without a key', async () => {
    const yaml = 'server: { admin: { host: 0.0.0.0, port: 0 } }\n';
    await using relay = await RelayProcess.start({ yaml });
    const line = await relay.logged((one) => typeof one['adminUrl'] === 'string');
    expect(line).toMatchObject({ host: '127.0.0.1', adminHost: '0.0.0.0' });
    const adminUrl = String(line['adminUrl']);
    for (const path of ['/', '/dashboard/figures'])
      expect((await ask(adminUrl, 'GET', path)).status).toBe(404);
    expect((await ask(adminUrl, 'GET', '/v1/dead-letters')).status).toBe(401);
    expect((await ask(relay.url, 'GET', '/')).status).toBe(404);
  });
});

it('ends sessions when their key is taken away', async () => {
  const file = join(await temporaryDirectory(), 'api-keys');
  await writeFile(file, 'first-key-of-the-api\nsecond-key-of-the-api');
  await using relay = await RelayProcess.start({ yaml: `api: { keys_file: ${file} }\n` });
  const first = await session(relay.url, 'first-key-of-the-api');
  const second = await session(relay.url, 'second-key-of-the-api');
  const statusWith = async (headers: Asking['headers'] = {}) =>
    (await ask(relay.url, 'GET', '/v1/dead-letters', { headers })).status;
  expect([await statusWith(first), await statusWith(second)]).toEqual([200, 200]);
  await writeFile(file, 'second-key-of-the-api');
  relay.signal('SIGHUP');
  await eventually(
    () => statusWith(first),
    (status) => status === 401,
  );
  expect(await statusWith(second)).toBe(200);
});

describe('the phones of the sandbox', () => {
  /** Events as they come; ends with the relay. */
  function watch(url: string, headers: Readonly<Record<string, string>>) {
    const events: Record<string, unknown>[] = [];
    const ended = new Promise<void>((resolve, reject) => {
      get(`${url}/dashboard/phones`, { headers, agent: false }, (response) => {
        let rest = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          const lines = `${rest}${chunk}`.split('\n');
          rest = lines.pop() ?? '';
          for (const line of lines)
            if (line.startsWith('data: ')) events.push(JSON.parse(line.slice(6)) as Record<string, unknown>);
        });
        response.on('end', resolve);
        response.on('error', reject);
      }).on('error', reject);
    });
    return { events, ended };
  }

  it('shows live what a message through the webhook makes of each phone', async () => {
    await using relay = await RelayProcess.start({ env });
    const headers = await session(relay.url);
    await api(relay.url, 'PUT', '/users/alice/profile', { name: 'Alice' });
    for (const [id, locale] of [
      ['english', 'en'],
      ['chinese', 'zh-CN'],
    ] as const)
      await api(relay.url, 'PUT', `/users/carol/devices/${id}`, {
        provider: 'fcm',
        token: `token-${id}`,
        locale,
      });
    const early = watch(relay.url, headers);
    const body = {
      from_uid: 'alice',
      to_uids: ['carol'],
      channel_id: 'carol',
      channel_type: 1,
      payload: { type: 2 },
    };
    const sent = await ask(relay.url, 'POST', '/dashboard/phones/messages', { headers, body });
    expect(sent.status).toBe(202);
    const { message_id: messageId } = JSON.parse(sent.text) as { message_id: string };
    await eventually(
      () => Promise.resolve(early.events),
      (events) => events.length === 2,
    );
    const common = { uid: 'carol', title: 'Alice', thread_id: '1:alice', message_id: messageId };
    const expected = [
      { ...common, device_id: 'chinese', body: '图片' },
      { ...common, device_id: 'english', body: 'Photo' },
    ];
    const sorted = (events: Record<string, unknown>[]) =>
      events.toSorted((one, other) => (String(one['device_id']) < String(other['device_id']) ? -1 : 1));
    expect(sorted(early.events)).toMatchObject(expected);
    // Who comes later sees it, too, and nobody who watches holds up the stop.
    const late = watch(relay.url, headers);
    await eventually(
      () => Promise.resolve(late.events),
      (events) => events.length === 2,
    );
    const startedAt = performance.now();
    expect(await relay.stop()).toBe(0);
    await Promise.all([early.ended, late.ended]);
    // It would be 25 s with someone to wait for.
    expect(performance.now() - startedAt).toBeLessThan(20_000);
  });

  it('tells why the webhook takes no message', async () => {
    await using relay = await RelayProcess.start({
      env: { ...env, WEBHOOK_ALLOW_FROM: '192.0.2.0/24' },
    });
    const headers = await session(relay.url);
    const body = { from_uid: 'a', to_uids: ['b'], channel_id: 'b', channel_type: 1, payload: { type: 1 } };
    const refused = await ask(relay.url, 'POST', '/dashboard/phones/messages', { headers, body });
    expect([refused.status, codeOf(refused)]).toEqual([502, 'webhook_refused']);
    expect(refused.text).toContain('webhook.allow_from');
  });
});
