import { decodeBody } from '../../../src/domain/body';
import { StoreUnavailableError } from '../../../src/store/ports/errors';
import { startTestApi, type TestApi } from './harness';
import { openTestStore, override, type TestStore } from './test-store';

const notification = { title: 'Sale', body: 'Today only' };

describe('POST /v1/push', () => {
  let api: TestApi;
  let store: TestStore;

  beforeEach(async () => {
    store = await openTestStore();
    api = await startTestApi(store);
  });

  const push = (body: unknown, headers: Record<string, string> = {}) =>
    api.call('POST', '/v1/push', { body, headers });

  it('appends the push under the id that it answers', async () => {
    const { status, body } = await push({
      uids: ['alice', 'bob', 'alice'],
      notification: {
        ...notification,
        data: { order: '7' },
        image_url: 'https://img.test/a.png',
        sound: 'ding.caf',
      },
      app: 'default',
      collapse_id: 'sale',
      ttl_seconds: 0,
      priority: 'normal',
    });
    expect(status).toBe(202);
    expect(Object.keys(body)).toEqual(['id']);
    const [event] = await store.entries();
    expect(event).toMatchObject({
      bodyId: body.id,
      lane: 'direct',
      receivedAtMs: api.clock.now(),
      recipients: ['alice', 'bob'],
    });
    expect(decodeBody(event?.body ?? Buffer.alloc(0))).toEqual({
      kind: 'push',
      push: {
        id: body.id,
        app: 'default',
        title: 'Sale',
        body: 'Today only',
        data: { order: '7' },
        imageUrl: 'https://img.test/a.png',
        sound: 'ding.caf',
        collapseId: 'sale',
        ttlSeconds: 0,
        priority: 'normal',
        silent: false,
      },
    });
  });

  it('rings with high priority by default', async () => {
    await push({ uids: ['alice'], notification });
    await push({ uids: ['alice'], notification: {}, silent: true });
    const pushes = (await store.entries()).map(({ body }) => decodeBody(body));
    expect(pushes[0]).toMatchObject({
      push: { sound: null, priority: 'high', ttlSeconds: null },
    });
    expect(pushes[1]).toMatchObject({ push: { silent: true, priority: 'normal', data: {} } });
  });

  it('splits 10,000 uids into entries of 500 on the bulk lane', async () => {
    const uids = Array.from({ length: 10_000 }, (_, index) => `a-user-with-quite-a-long-uid-${index}`);
    const { status } = await push({ uids, notification });
    expect(status).toBe(202);
    const entries = await store.entries();
    expect(new Set(entries.map(({ lane, bodyId }) => `${lane} ${bodyId}`)).size).toBe(1);
    expect(entries[0]?.lane).toBe('bulk');
    expect(entries.map(({ recipients }) => recipients.length)).toEqual(Array(20).fill(500));
    expect(entries.flatMap(({ recipients }) => recipients)).toEqual(uids);
  });

  it('takes the bulk lane from 21 recipients on', async () => {
    const uids = (count: number) => Array.from({ length: count }, (_, index) => `u${index}`);
    await push({ uids: uids(20), notification });
    await push({ uids: uids(21), notification });
    expect((await store.entries()).map(({ lane }) => lane)).toEqual(['direct', 'bulk']);
  });

  it.each([
    ['no uids', { uids: [], notification }, 'uids'],
    ['10,001 uids', { uids: Array(10_001).fill('u'), notification }, 'uids'],
    ['an empty uid', { uids: ['a', ''], notification }, 'uids[1]'],
    ['a uid of 257 bytes', { uids: ['x'.repeat(257)], notification }, 'uids[0]'],
    ['a uid of 86 characters with 258 bytes', { uids: ['好'.repeat(86)], notification }, 'uids[0]'],
    ['a uid of half a surrogate pair', { uids: ['\udc00'], notification }, 'uids[0]'],
    ['no notification', { uids: ['a'] }, 'notification'],
    ['nothing to show', { uids: ['a'], notification: { data: { a: 'b' } } }, 'notification'],
    ['a blank title', { uids: ['a'], notification: { title: '  ' } }, 'notification'],
    [
      'an unknown field inside',
      { uids: ['a'], notification: { ...notification, badge: 1 } },
      'notification.badge',
    ],
    [
      'data that is no string',
      { uids: ['a'], notification: { ...notification, data: { n: 1 } } },
      'notification.data.n',
    ],
    [
      'too much data',
      { uids: ['a'], notification: { ...notification, data: { n: 'x'.repeat(4000) } } },
      'notification.data',
    ],
    ['a collapse id of 66 bytes', { uids: ['a'], notification, collapse_id: '好'.repeat(22) }, 'collapse_id'],
    ['a collapse id with a line break', { uids: ['a'], notification, collapse_id: 'a\r\nb' }, 'collapse_id'],
    ['a negative ttl', { uids: ['a'], notification, ttl_seconds: -1 }, 'ttl_seconds'],
    ['a ttl over four weeks', { uids: ['a'], notification, ttl_seconds: 2_419_201 }, 'ttl_seconds'],
    [
      'an image that is no address',
      { uids: ['a'], notification: { ...notification, image_url: 'file:///x' } },
      'notification.image_url',
    ],
    ['an unknown priority', { uids: ['a'], notification, priority: 'urgent' }, 'priority'],
    ['an array', [], ''],
    ['a string', 'push', ''],
    ['null', null, ''],
  ])('answers 400 with the path to %s', async (_, body, path) => {
    const reply = await push(body);
    expect(reply.status).toBe(400);
    expect(reply.body).toMatchObject({ code: 'invalid_request', errors: [{ path }] });
    expect(await store.entries()).toEqual([]);
  });

  it.each(['from', 'message_type', 'google.a', 'gcm.notification.title', 'wukongim', 'aps'])(
    'refuses the reserved data key %s',
    async (name) => {
      const { status, body } = await push({
        uids: ['a'],
        notification: { ...notification, data: { [name]: 'x' } },
      });
      expect(status).toBe(400);
      expect(body).toMatchObject({ errors: [{ path: `notification.data.${name}` }] });
    },
  );

  it.each(['title', 'subtitle', 'body', 'image_url', 'sound', 'tag', 'badge'])(
    'refuses the data key %s, which the relay sets itself, unless the push is silent',
    async (name) => {
      const data = { [name]: 'x' };
      const shown = await push({ uids: ['a'], notification: { ...notification, data } });
      expect(shown.status).toBe(400);
      expect(shown.body).toMatchObject({ errors: [{ path: `notification.data.${name}` }] });
      expect((await push({ uids: ['a'], notification: { data }, silent: true })).status).toBe(202);
    },
  );

  it('refuses the data key image_url beside an image of a silent push', async () => {
    const image = 'https://img.test/a.png';
    const silent = { image_url: image, data: { image_url: image } };
    expect((await push({ uids: ['a'], notification: silent, silent: true })).status).toBe(400);
  });

  it('tells no sound from the default one', async () => {
    for (const sound of ['none', 'default', null])
      expect((await push({ uids: ['a'], notification: { ...notification, sound } })).status).toBe(202);
    const sounds = (await store.entries()).map(({ body }) => {
      const decoded = decodeBody(body);
      return decoded.kind === 'push' ? decoded.push.sound : undefined;
    });
    expect(sounds).toEqual(['', 'default', null]);
  });

  it('takes data keys that only look reserved', async () => {
    const data = { fromage: 'x', google: 'y', 'GCM.x': 'z', constructor: 'w', toString: 'v' };
    const { status } = await push({ uids: ['a'], notification: { ...notification, data } });
    expect(status).toBe(202);
    const body = decodeBody((await store.entries())[0]?.body ?? Buffer.alloc(0));
    expect(body).toMatchObject({ push: { data } });
  });

  it('answers 422 to an app that is not configured', async () => {
    const { status, body } = await push({ uids: ['a'], notification, app: 'nobody' });
    expect(status).toBe(422);
    expect(body).toMatchObject({ code: 'app_not_configured' });
  });

  describe('with an Idempotency-Key', () => {
    const request = { uids: ['alice'], notification: { ...notification, data: { a: '1', b: '2' } } };
    const headers = { 'idempotency-key': 'order-7' };

    it('appends once and answers the same id, whatever the order of the fields', async () => {
      const first = await push(request, headers);
      const reordered = { notification: { data: { b: '2', a: '1' }, ...notification }, uids: ['alice'] };
      const second = await push(reordered, headers);
      expect(second.status).toBe(202);
      expect(second.body).toEqual(first.body);
      expect(await store.entries()).toHaveLength(1);
    });

    it('answers 422 to another body under the same key', async () => {
      await push(request, headers);
      for (const other of [
        { ...request, uids: ['bob'] },
        { ...request, notification: { ...request.notification, data: { a: '1', b: '3' } } },
        { ...request, ttl_seconds: 5 },
      ]) {
        const { status, body } = await push(other, headers);
        expect(status).toBe(422);
        expect(body).toMatchObject({ code: 'idempotency_key_reused' });
      }
      expect(await store.entries()).toHaveLength(1);
    });

    it('appends again under the same id where the first append is not known to be durable', async () => {
      let fails = true;
      const inbox = override(store.inbox, {
        append: async (event) => {
          await store.inbox.append(event);
          if (fails) throw new StoreUnavailableError('gone before the answer');
        },
      });
      const flaky = { ...store, inbox };
      const other = await startTestApi(flaky);
      const refused = await other.call('POST', '/v1/push', { body: request, headers });
      expect(refused.status).toBe(503);
      expect(refused.headers['retry-after']).toBe('1');
      fails = false;
      const repeated = await other.call('POST', '/v1/push', { body: request, headers });
      const known = await other.call('POST', '/v1/push', { body: request, headers });
      expect(repeated.status).toBe(202);
      expect(known.body).toEqual(repeated.body);
      expect((await store.entries()).map(({ bodyId }) => bodyId)).toEqual([
        repeated.body.id,
        repeated.body.id,
      ]);
    });

    it('answers 429 to new keys past the limit, and the known ones as before', async () => {
      const few = await startTestApi(store, { options: { idempotencyKeysPerHour: 2 } });
      const send = (name: string) =>
        few.call('POST', '/v1/push', { body: request, headers: { 'idempotency-key': name } });
      const first = await send('k1');
      expect((await send('k2')).status).toBe(202);
      const refused = await send('k3');
      expect(refused).toMatchObject({ status: 429, body: { code: 'too_many_idempotency_keys' } });
      expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
      expect((await send('k1')).body).toEqual(first.body);
      expect((await few.call('POST', '/v1/push', { body: request })).status).toBe(202);
      few.clock.nowMs += 3_600_000;
      expect((await send('k3')).status).toBe(202);
    });

    it('answers one id to many at once', async () => {
      const replies = await Promise.all(Array.from({ length: 8 }, () => push(request, headers)));
      expect(new Set(replies.map(({ body }) => body.id)).size).toBe(1);
      expect(new Set((await store.entries()).map(({ bodyId }) => bodyId)).size).toBe(1);
    });

    it('answers 202 where the push is durable and only the note of it failed', async () => {
      const away = () => Promise.reject(new StoreUnavailableError('away'));
      const sharedState = override(store.sharedState, { set: away });
      const other = await startTestApi({ ...store, sharedState });
      expect((await other.call('POST', '/v1/push', { body: request, headers })).status).toBe(202);
    });

    it.each(['', 'x'.repeat(256), 'with space'])('answers 400 to the key "%s"', async (name) => {
      const { status, body } = await push(request, { 'idempotency-key': name });
      expect(status).toBe(400);
      expect(body).toMatchObject({ errors: [{ path: 'idempotency-key' }] });
    });
  });
});
