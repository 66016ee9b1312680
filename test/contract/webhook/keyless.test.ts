import { foreignOrigins, foreignHosts, localHosts } from '../foreign-callers';
import { offline, WebhookServer } from './webhook-server';

const path = '/webhook?event=msg.offline';
let server: WebhookServer;

async function start(options: ConstructorParameters<typeof WebhookServer>[0] = {}): Promise<void> {
  server = await new WebhookServer({ allowUnauthenticated: false, ...options }).start();
}

afterEach(() => server.close());

describe('a webhook without a secret', () => {
  it.each(localHosts)('takes the Host %s', async (host) => {
    await start();
    const origin = { Origin: `http://${host}` };
    expect((await server.post(path, offline(), { Host: host })).status).toBe(200);
    expect((await server.post(path, offline(), { Host: host, ...origin })).status).toBe(200);
  });

  it.each(foreignHosts)('is 403 for the Host %s', async (host) => {
    await start();
    const answer = await server.post(path, offline(), { Host: host });
    expect([answer.status, answer.headers['content-type']]).toEqual([
      403,
      'application/problem+json; charset=utf-8',
    ]);
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'not_local', status: 403 });
    expect(server.appended).toEqual([]);
    expect(await server.metric('relay_webhook_requests_total', { result: 'forbidden' })).toBe(1);
    expect(await server.metric('relay_events_lost_total')).toBe(0);
    expect(server.lines.filter(({ level }) => level === 'warn')).toHaveLength(1);
  });

  it.each(foreignOrigins)('is 403 for the Origin %s, also where an address is allowed', async (origin) => {
    await start();
    expect((await server.post(path, offline(), { Origin: origin })).status).toBe(403);
    await server.close();
    await start({ allowFrom: ['127.0.0.0/8'] });
    expect((await server.post(path, offline(), { Origin: origin })).status).toBe(403);
    expect((await server.post(path, offline(), { Host: 'relay.example' })).status).toBe(200);
  });

  it('is 403 for a foreign authority in the request target', async () => {
    await start();
    expect((await server.post(`http://evil.example${path}`, offline())).status).toBe(403);
    expect((await server.post(`http://localhost${path}`, offline())).status).toBe(200);
  });

  it('takes every caller where a secret proves it, or where that is waived', async () => {
    await start({ secrets: ['s3cret'] });
    const headers = { Host: 'relay.example', Origin: 'https://relay.example' };
    expect((await server.post('/webhook/s3cret?event=msg.offline', offline(), headers)).status).toBe(200);
    await server.close();
    await start({ allowUnauthenticated: true });
    expect((await server.post(path, offline(), headers)).status).toBe(200);
  });
});

describe('secrets that are offered', () => {
  const tokens = (...values: string[]): string =>
    `/webhook?${values.map((value) => `token=${value}`).join('&')}&event=msg.offline`;

  it('are judged up to three, of all kinds together', async () => {
    await start({ secrets: ['right'] });
    const basic = { Authorization: `Basic ${Buffer.from('u:right').toString('base64')}` };
    expect((await server.post(tokens('a', 'b', 'right'), offline())).status).toBe(200);
    expect((await server.post(tokens('a', 'b'), offline(), basic)).status).toBe(200);
    for (const values of [
      ['right', 'a', 'b', 'c'],
      ['a', 'b', 'c', 'right'],
      ['a', 'right', 'b+c'],
    ])
      expect((await server.post(tokens(...values), offline())).status).toBe(401);
    expect((await server.post(tokens('a', 'b', 'c'), offline(), basic)).status).toBe(401);
    const many = Array.from({ length: 1_000 }, (_, index) => `g${index}`);
    expect((await server.post(tokens(...many, 'right'), offline())).status).toBe(401);
  });

  it('may be the same one in several places', async () => {
    await start({ secrets: ['right'] });
    expect((await server.post(tokens('right', 'right', 'right', 'right', 'a'), offline())).status).toBe(200);
  });
});

describe('a proxy that does not say for whom it calls', () => {
  it.each([
    {},
    { 'X-Forwarded-For': '' },
    { 'X-Forwarded-For': 'unknown' },
    { 'X-Forwarded-For': '1.1.1.1,' },
  ])('is 401: %j', async (headers) => {
    await start({ allowFrom: ['127.0.0.0/8', '192.0.2.0/24'], trustedProxies: ['127.0.0.0/8'] });
    expect((await server.post(path, offline(), headers as Record<string, string>)).status).toBe(401);
    expect((await server.post(path, offline(), { 'X-Forwarded-For': '192.0.2.1' })).status).toBe(200);
  });
});
