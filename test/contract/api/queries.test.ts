import type { DeadLetter } from '../../../src/domain/dead-letter';
import { cursorOf, startTestApi, type Json, type TestApi } from './harness';
import { openTestStore } from './test-store';

const letter = (id: string): DeadLetter => ({
  id,
  atMs: Date.UTC(2026, 0, 31, 11),
  source: 'delivery',
  reason: 'expired',
  detail: null,
  messageId: null,
  route: null,
  receivedAtMs: Date.UTC(2026, 0, 31, 10),
  recipients: [{ uid: 'alice', deviceId: 'phone', tokenKind: 'alert' }],
  body: Buffer.from('{}'),
  bodyTruncated: false,
});

const lists = ['/v1/users/alice/devices', '/v1/users/bob/devices', '/v1/dead-letters'] as const;
const foreign = '/v1/users/carol/devices';

describe('queries', () => {
  let api: TestApi;
  const cursors = new Map<string, string>();

  beforeAll(async () => {
    const store = await openTestStore();
    api = await startTestApi(store);
    for (const uid of ['alice', 'bob', 'carol'])
      for (const id of ['a', 'b', 'c'])
        await api.call('PUT', `/v1/users/${uid}/devices/${id}`, {
          body: { provider: 'fcm', token: `token-${uid}-${id}` },
        });
    await store.deadLetters.add(['3', '2', '1'].map(letter));
    for (const list of [...lists, foreign])
      cursors.set(list, decodeURIComponent(cursorOf(await api.call('GET', `${list}?limit=1`))));
  });

  const get = (list: string, query: string) => api.call('GET', `${list}?${query}`);
  const expectRefusal = async (list: string, query: string, path: string): Promise<void> => {
    const reply = await get(list, query);
    expect(reply).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
    expect(reply.body.errors?.[0]).toMatchObject({ path });
  };

  describe.each(lists)('of %s', (list) => {
    it('go through the list with its cursors, each item once', async () => {
      const seen: Json[] = [];
      let query = 'limit=1';
      for (let page = 0; page < 10 && query !== ''; page += 1) {
        const reply = await get(list, query);
        expect(reply.status).toBe(200);
        seen.push(...Object.values(reply.body.items ?? {}));
        query = 'next_cursor' in reply.body ? `limit=1&cursor=${cursorOf(reply)}` : '';
      }
      expect(new Set(seen.map((item) => JSON.stringify(item))).size).toBe(3);
      expect(seen).toHaveLength(3);
    });

    it('are refused with the cursor of every other list', async () => {
      for (const [other, cursor] of cursors)
        if (other !== list) await expectRefusal(list, `cursor=${encodeURIComponent(cursor)}`, 'cursor');
    });

    it('are refused with a cursor that is changed in any way', async () => {
      const cursor = cursors.get(list) ?? '';
      const changed = [
        ...Array.from({ length: cursor.length }, (_, length) => cursor.slice(0, length)),
        ...Array.from({ length: cursor.length }, (_, at) => {
          const other = cursor[at] === 'A' ? 'B' : 'A';
          return cursor.slice(0, at) + other + cursor.slice(at + 1);
        }),
        `${cursor}A`,
        `${cursor}=`,
        `2${cursor.slice(1)}`,
        cursor + cursor,
        ` ${cursor}`,
      ];
      for (const text of new Set(changed))
        await expectRefusal(list, `cursor=${encodeURIComponent(text)}`, 'cursor');
    });

    it.each([
      '!!',
      'A',
      'x'.repeat(1024),
      'x'.repeat(8000),
      '',
      '%00',
      'MQ',
      Buffer.from('3').toString('base64url'),
      '1',
      'null',
    ])('are refused with the invented cursor %j', (cursor) =>
      expectRefusal(list, `cursor=${cursor === '%00' ? cursor : encodeURIComponent(cursor)}`, 'cursor'),
    );

    it.each([
      '',
      '0',
      '-1',
      '1001',
      '1e2',
      '1.0',
      '01',
      '+1',
      '%201',
      '0x1',
      'x',
      '9'.repeat(400),
      'true',
      '%E4%B8%80',
    ])('are refused with the limit %j', (limit) => expectRefusal(list, `limit=${limit}`, 'limit'));

    it.each([
      ['limit=1&limit=1', 'limit'],
      ['cursor=a&cursor=a', 'cursor'],
      ['nobody=1', 'nobody'],
      ['Limit=1', 'Limit'],
      ['limit[]=1', 'limit[]'],
      ['offset=1', 'offset'],
    ])('are refused where they are %s', (query, path) => expectRefusal(list, query, path));

    it.each(['%zz=1', 'limit=%ff'])('are refused where they are not UTF-8: %s', async (query) => {
      expect(await get(list, query)).toMatchObject({ status: 400, body: { code: 'malformed_path' } });
    });
  });

  it.each([
    ['GET', '/v1/users/alice/devices/a'],
    ['DELETE', '/v1/users/nobody'],
    ['GET', '/v1/users/alice/profile'],
    ['GET', '/v1/users/alice/presence'],
    ['DELETE', '/v1/device-tokens/abc'],
  ])('%s %s takes none', async (method, path) => {
    expect(await api.call(method, `${path}?limit=1`)).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'limit' }] },
    });
  });
});
