import { decodeBody } from '../../../src/domain/body';
import { startTestApi, type Reply, type TestApi } from './harness';
import { openTestStore, type TestStore } from './test-store';

const controls = ['\u0000', '\u0007', '\b', '\u001b', '\u007f', '\u0085', '\u009b'];
const direction = ['\u202a', '\u202b', '\u202d', '\u202e', '\u2066', '\u2067', '\u2068', '\u2069'];
const formats = ['\ufeff', '\ufff9', '\u206a', '\u2028', '\u2029'];
const noText = ['\ud800', '\udfff', '\ufdd0', '\uffff', '\u{1fffe}', '\u{10ffff}'];
const breaks = ['\r\n', '\n', '\r', '\t', '\v'];
const refusedInLine = [...controls, ...direction, ...formats, ...noText, ...breaks].map(
  (part) => `a${part}b`,
);
const invisible = [' ', '\u200b', '\u2060', '\u3164', '\u00ad', '\u2800', '\u200b\u200d', '\u3000'];
const goodLines = ['爱丽丝 🐉', "O'Neil", 'علی\u200cرضا', '\u200fשלום', '👨‍👩‍👧', 'a b', 'क्‍ष', '🏴󠁧󠁢󠁥󠁮󠁧󠁿'];

const device = { provider: 'apns', token: 'ab'.repeat(32) };
const push = { uids: ['a'], notification: { title: 'x' } };
const lines: readonly (readonly [
  field: string,
  method: string,
  path: string,
  body: (text: string) => object,
])[] = [
  ['name', 'PUT', '/v1/users/a/profile', (text) => ({ name: text })],
  ['name', 'PUT', '/v1/channels/2/c', (text) => ({ name: text })],
  ['app_version', 'PUT', '/v1/users/a/devices/d', (text) => ({ ...device, app_version: text })],
  ['model', 'PUT', '/v1/users/a/devices/d', (text) => ({ ...device, model: text })],
  ['model', 'PATCH', '/v1/users/a/devices/known', (text) => ({ model: text })],
  ['collapse_id', 'POST', '/v1/push', (text) => ({ ...push, collapse_id: text })],
  [
    'notification.sound',
    'POST',
    '/v1/push',
    (text) => ({ uids: ['a'], notification: { title: 'x', sound: text } }),
  ],
];

describe('text that somebody else wrote', () => {
  let api: TestApi;
  let store: TestStore;

  beforeAll(async () => {
    store = await openTestStore();
    api = await startTestApi(store);
    await api.call('PUT', '/v1/users/a/devices/known', { body: { ...device, token: 'cd'.repeat(32) } });
  });

  const pathsOf = ({ body }: Reply): unknown[] =>
    Object.values(body.errors ?? {}).map((error) => (error as { path?: unknown }).path);

  describe.each(lines)('%s of %s %s is one visible line', (field, method, path, bodyOf) => {
    it.each([...refusedInLine, ...invisible])('refuses %j', async (text) => {
      const reply = await api.call(method, path, { body: bodyOf(text) });
      expect(reply).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
      expect(pathsOf(reply)).toEqual([field]);
    });

    it.each(goodLines)('takes %j as it is', async (text) => {
      expect((await api.call(method, path, { body: bodyOf(text) })).status).toBeLessThan(300);
    });
  });

  const sent = async (notification: object) => {
    const reply = await api.call('POST', '/v1/push', { body: { uids: ['a'], notification } });
    const last = (await store.entries()).at(-1);
    const body = last === undefined ? null : decodeBody(last.body);
    return { reply, push: body?.kind === 'push' ? body.push : null };
  };

  it.each([...controls, ...direction, ...formats.slice(0, 3), ...noText])(
    'takes %j out of title and body',
    async (part) => {
      const { reply, push } = await sent({ title: `a${part}b`, body: `c${part}d` });
      expect(reply.status).toBe(202);
      const shown = part === '\u0085' ? ['a\nb', 'c\nd'] : ['ab', 'cd'];
      expect([push?.title, push?.body]).toEqual(shown);
    },
  );

  it('keeps line breaks and tabs of a body, as line feeds', async () => {
    const { push } = await sent({ title: 'x', body: 'one\r\ntwo\rthree\nfour\tfive\u2028six' });
    expect(push?.body).toBe('one\ntwo\nthree\nfour\tfive\nsix');
  });

  it.each([...invisible, '\u202e', '\u0000'])('needs more to show than %j', async (text) => {
    const { reply } = await sent({ title: text, body: text });
    expect(reply).toMatchObject({ status: 400, body: { errors: [{ path: 'notification' }] } });
    const { push } = await sent({ title: text, body: 'x' });
    expect(push).toMatchObject({ title: null, body: 'x' });
  });

  it.each([...controls.slice(0, 4), ...noText])('refuses data with %j, in keys and values', async (part) => {
    for (const data of [{ key: `a${part}b` }, { [`a${part}b`]: 'x' }]) {
      const { reply } = await sent({ title: 'x', data });
      expect(reply.status).toBe(400);
    }
  });

  it('takes lines, tabs and marks of direction in data, which only the app reads', async () => {
    const data = { json: '{"a":\t"b"}\r\n', text: '\u2068a\u2069' };
    expect((await sent({ title: 'x', data })).push?.data).toEqual(data);
  });

  const urls = [
    'http://img.test/a.png',
    'https://user:secret@img.test/a.png',
    'https://user@img.test/a.png',
    'https://x/\u0000',
    'https://x/ y',
    'https://x/\r\ny',
    'https://x/\ty',
    'https://x/\u202ey',
    ' https://x/y',
    'https://',
    'https://x:99999/',
    'javascript:alert(1)',
    'data:image/png;base64,AA',
    'file:///etc/passwd',
    '//x/y',
    'x',
    '',
    `https://x/${'é'.repeat(1000)}`,
  ];

  it.each(urls)('refuses the image address %j', async (url) => {
    const avatar = await api.call('PUT', '/v1/users/a/profile', { body: { name: 'A', avatar_url: url } });
    expect(avatar.status).toBe(400);
    expect(pathsOf(avatar)).toEqual(['avatar_url']);
    expect(avatar.text).not.toContain('secret');
    const { reply } = await sent({ title: 'x', image_url: url });
    expect(reply.status).toBe(400);
    expect(pathsOf(reply)).toEqual(['notification.image_url']);
  });

  it.each([
    ['HTTPS://IMG.test/a b'.replace(' ', '%20'), 'https://img.test/a%20b'],
    ['https://img.test', 'https://img.test/'],
    ['https://img.test:443/../a', 'https://img.test/a'],
    ['https://例え.jp/画', 'https://xn--r8jz45g.jp/%E7%94%BB'],
  ])('keeps the image address %s as it is parsed', async (url, parsed) => {
    const avatar = await api.call('PUT', '/v1/users/a/profile', { body: { name: 'A', avatar_url: url } });
    expect(avatar.body).toMatchObject({ avatar_url: parsed });
    expect((await sent({ title: 'x', image_url: url })).push?.imageUrl).toBe(parsed);
  });
});
