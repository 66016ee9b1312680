import { RelayProcess } from '../helpers/relay-process';

const uuid7 = /^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;
/** All that answers besides the routes of /openapi.json, which user-token-matrix.test.ts walks. */
const paths = [
  '/webhook?event=msg.offline',
  '/webhook/wrong?event=msg.offline',
  '/receipts/huawei/default/a-receipts-secret',
  '/receipts/huawei/default/wrong',
  '/',
  '/dashboard/session',
  '/dashboard/nowhere',
  '/v1/nowhere',
  '/nowhere',
];
const isJson = { 'content-type': 'application/json' };

it('gives requests, pushes and dead letters ids of one form, takes those of callers alike, and names log levels', async () => {
  await using relay = await RelayProcess.start({
    env: { LOG_LEVEL: 'debug', RECEIPTS_SECRET: 'a-receipts-secret' },
    yaml: 'apps: { default: { huawei: { app_id: "1", app_secret: a-secret-of-huawei } } }',
  });
  const post = (path: string, body: string, headers: Record<string, string> = {}) =>
    fetch(`${relay.url}${path}`, { method: 'POST', body, headers: { ...isJson, ...headers } });

  const webhook = await post('/webhook?event=msg.offline', 'not JSON');
  const push = await post('/v1/push', '{"uids":["carol"],"notification":{"title":"x"}}');
  const letters = await fetch(`${relay.url}/v1/dead-letters`);
  const { items } = (await letters.json()) as { items: { id: string; detail: string }[] };
  const { id } = (await push.json()) as { id: string };
  const requestIds = [webhook, push, letters].map(({ headers }) => headers.get('x-request-id'));
  expect(webhook.status).toBe(400);
  expect(items.map(({ detail }) => detail)).toEqual([
    'msg.offline body: expected JSON, which breaks at byte 0',
  ]);
  for (const each of [...requestIds, id, items[0]?.id]) expect(each).toMatch(uuid7);

  for (const own of ['trace-1:2/3', '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', 'a+b=c'])
    for (const path of [...paths, '/v1/push'])
      for (const method of ['GET', 'POST', 'DELETE']) {
        const body = method === 'POST' ? { body: '{' } : {};
        const { headers } = await fetch(`${relay.url}${path}`, {
          method,
          ...body,
          headers: { 'x-request-id': own },
        });
        expect({ method, path, id: headers.get('x-request-id') }).toEqual({ method, path, id: own });
      }
  for (const bad of ['with space', 'x'.repeat(129)])
    for (const path of [...paths, '/v1/push'])
      expect((await post(path, '{', { 'x-request-id': bad })).headers.get('x-request-id')).toMatch(uuid7);

  const line = await relay.logged(({ requestId }) => requestId === requestIds[0]);
  expect(line['level']).toBe('error');
  for (const { level } of relay.log) expect(['debug', 'info', 'warn', 'error']).toContain(level);
});
