import type { DeadLetter } from '../../../src/domain/dead-letter';
import { cursorOf, startTestApi, type TestApi } from './harness';
import { openTestStore, type TestStore } from './test-store';

describe('users and channels', () => {
  let api: TestApi;
  let store: TestStore;

  beforeEach(async () => {
    store = await openTestStore();
    api = await startTestApi(store);
  });

  it.each(['/v1/users/alice/profile', '/v1/channels/2/team'])('keeps a name under %s', async (path) => {
    expect(await api.call('GET', path)).toMatchObject({ status: 404, body: { code: 'profile_not_found' } });
    const first = await api.call('PUT', path, {
      body: { name: '爱丽丝 🐉', avatar_url: 'https://img.test/a.png' },
    });
    expect(first).toMatchObject({
      status: 200,
      body: { name: '爱丽丝 🐉', avatar_url: 'https://img.test/a.png' },
    });
    const second = await api.call('PUT', path, { body: { name: 'Alice' } });
    expect(second.body).toEqual({ name: 'Alice', avatar_url: null });
    const stored = await api.call('GET', path);
    expect(stored.body).toEqual({ name: 'Alice', avatar_url: null });
    expect((await api.call('PUT', path, { body: stored.body })).status).toBe(200);
  });

  it('keeps channels of different types apart', async () => {
    await api.call('PUT', '/v1/channels/2/team', { body: { name: 'Group' } });
    expect((await api.call('GET', '/v1/channels/4/team')).status).toBe(404);
  });

  it.each([
    ['no name', {}, 'name'],
    ['an empty name', { name: '' }, 'name'],
    ['a blank name', { name: ' \t' }, 'name'],
    ['an endless name', { name: 'x'.repeat(257) }, 'name'],
    ['an avatar that is no web address', { name: 'a', avatar_url: 'javascript:alert(1)' }, 'avatar_url'],
    ['an unknown field', { name: 'a', avatar: 'x' }, 'avatar'],
  ])('answers 400 to %s', async (_, body, path) => {
    const reply = await api.call('PUT', '/v1/users/alice/profile', { body });
    expect(reply).toMatchObject({ status: 400, body: { errors: [{ path }] } });
  });

  it('lists aliases in pages', async () => {
    for (const peer of ['c', 'a', 'b', 'a%2Fb'])
      await api.call('PUT', `/v1/users/bob/aliases/${peer}`, { body: { name: `Name of ${peer}` } });
    const first = await api.call('GET', '/v1/users/bob/aliases?limit=3');
    expect(first).toMatchObject({
      status: 200,
      body: {
        items: [
          { peer_uid: 'a', name: 'Name of a' },
          { peer_uid: 'a/b', name: 'Name of a%2Fb' },
          { peer_uid: 'b', name: 'Name of b' },
        ],
      },
    });
    const second = await api.call('GET', `/v1/users/bob/aliases?limit=3&cursor=${cursorOf(first)}`);
    expect(second.body).toEqual({ items: [{ peer_uid: 'c', name: 'Name of c' }] });
    expect((await api.call('GET', '/v1/users/nobody/aliases')).body).toEqual({ items: [] });
  });

  it('keeps aliases and names of members, and removes them', async () => {
    const alias = '/v1/users/bob/aliases/a%2Flice';
    const member = '/v1/channels/2/team/members/a%2Flice';
    const stored = async () => [
      ...(await store.givenNames.findAliases([{ readerUids: ['bob'], peerUid: 'a/lice' }])).map(
        ([alias = null]) => alias,
      ),
      ...(await store.givenNames.getMembers([{ channelType: 2, channelId: 'team', uid: 'a/lice' }])),
    ];
    expect((await api.call('PUT', alias, { body: { name: 'Sis' } })).status).toBe(204);
    expect((await api.call('PUT', member, { body: { name: 'Captain' } })).status).toBe(204);
    expect(await stored()).toEqual(['Sis', 'Captain']);
    for (const path of [alias, member]) {
      expect(await api.call('PUT', path, { body: { name: ' ' } })).toMatchObject({
        status: 400,
        body: { errors: [{ path: 'name' }] },
      });
      expect((await api.call('PUT', path, { body: { name: 'a', avatar_url: null } })).status).toBe(400);
      expect((await api.call('DELETE', path)).status).toBe(204);
      expect((await api.call('DELETE', path)).status).toBe(204);
    }
    expect(await stored()).toEqual([null, null]);
  });

  it('takes 1,000 names at once, and all or none', async () => {
    const users = Array.from({ length: 900 }, (_, number) => ({ uid: `u${number}`, name: `User ${number}` }));
    const channels = Array.from({ length: 100 }, (_, number) => ({
      channel_type: 2,
      channel_id: `g${number}`,
      name: `Group ${number}`,
      avatar_url: 'https://img.test/g.png',
    }));
    const post = (body: unknown) => api.call('POST', '/v1/profiles', { body });
    expect((await post({ users, channels })).status).toBe(204);
    expect((await api.call('GET', '/v1/users/u899/profile')).body).toEqual({
      name: 'User 899',
      avatar_url: null,
    });
    expect((await api.call('GET', '/v1/channels/2/g99')).body).toEqual({
      name: 'Group 99',
      avatar_url: 'https://img.test/g.png',
    });
    expect((await post({ users: [...users, { uid: 'one', name: 'more' }], channels })).status).toBe(400);
    expect((await post({})).status).toBe(400);
    expect((await post({ users: [], channels: null })).status).toBe(400);
    const wrong = await post({
      users: [
        { uid: 'u0', name: 'New' },
        { uid: '', name: 'x' },
        { uid: 'u1' },
        { uid: 'u2', name: 'x', avatar_url: 'http://plain.test/' },
      ],
      channels: [{ channel_type: 256, channel_id: 'g0', name: 'x', color: 'red' }],
    });
    expect(wrong.status).toBe(400);
    expect(
      (wrong.body as unknown as { errors: { path: string }[] }).errors.map(({ path }) => path).sort(),
    ).toEqual([
      'channels[0].channel_type',
      'channels[0].color',
      'users[1].uid',
      'users[2].name',
      'users[3].avatar_url',
    ]);
    expect((await api.call('GET', '/v1/users/u0/profile')).body).toMatchObject({ name: 'User 0' });
  });

  it('says what the online-status events said', async () => {
    const change = { uid: 'alice', online: true, total: 2 };
    const nowMs = store.clock.now();
    const at = (atMs: number): string => new Date(atMs).toISOString();
    await store.presence.apply([{ ...change, deviceFlag: 0, online: false, connections: 0 }], nowMs - 3_000);
    await store.presence.apply([{ ...change, deviceFlag: 1, connections: 2 }], nowMs - 2_000);
    expect((await api.call('GET', '/v1/users/alice/presence')).body).toEqual({
      devices: [
        { device_flag: 0, online: false, connections: 0, changed_at: at(nowMs - 3_000) },
        { device_flag: 1, online: true, connections: 2, changed_at: at(nowMs - 2_000) },
      ],
      online: true,
      source: 'event',
      age_seconds: 2,
      last_seen_at: at(nowMs - 2_000),
    });
    expect((await api.call('GET', '/v1/users/nobody/presence')).body).toEqual({
      devices: [],
      online: null,
      source: 'event',
      age_seconds: null,
      last_seen_at: null,
    });
    // WuKongIM v2 never reports that bob goes offline.
    await store.presence.apply([{ ...change, uid: 'bob', deviceFlag: 0, connections: 2 }], nowMs);
    expect((await api.call('GET', '/v1/users/bob/presence')).body).toMatchObject({
      online: null,
      devices: [{ online: null, connections: 2 }],
    });
  });

  it('erases all that is known of a user, twice without complaint, and does not log the uid', async () => {
    const letter = (id: string, uids: readonly string[]): DeadLetter => ({
      id,
      atMs: store.clock.now(),
      source: 'entry',
      reason: 'poison',
      detail: null,
      messageId: null,
      route: null,
      receivedAtMs: 0,
      recipients: uids.map((uid) => ({ uid, deviceId: null, tokenKind: null })),
      body: Buffer.from('{}'),
      bodyTruncated: false,
    });
    const mute = { channelType: 2, channelId: 'team', untilMs: null, allowMentions: false };
    const mark = { uid: 'alice', key: 'm1' };
    for (const uid of ['alice', 'bob']) {
      await api.call('PUT', `/v1/users/${uid}/devices/phone`, {
        body: { provider: 'fcm', token: `token-${uid}` },
      });
      await api.call('PUT', `/v1/users/${uid}/profile`, { body: { name: uid } });
    }
    await store.presence.apply([{ uid: 'alice', deviceFlag: 0, online: true, connections: 1, total: 1 }], 1);
    await store.preferences.putMute('alice', mute);
    await store.badges.set('alice', 'default', 3);
    await store.duplicateMarks.claim([mark], 'entry-1', 60_000);
    await store.deadLetters.add([letter('1', ['alice']), letter('2', ['alice', 'bob'])]);
    expect((await api.call('DELETE', '/v1/users/alice')).status).toBe(204);
    expect(await store.devices.list('alice')).toEqual([]);
    expect(await store.devices.list('bob')).toHaveLength(1);
    expect(await store.profiles.getUsers(['alice', 'bob'])).toEqual([null, { name: 'bob', avatarUrl: null }]);
    expect(await store.presence.getMany(['alice'])).toEqual([null]);
    expect(await store.preferences.listMutes('alice')).toEqual([]);
    expect(await store.badges.getMany([{ uid: 'alice', app: 'default' }])).toEqual([null]);
    expect(await store.duplicateMarks.claim([mark], 'entry-2', 60_000)).toEqual([true]);
    const { items } = await store.deadLetters.list(10, null);
    expect(items.map(({ recipients }) => recipients.map(({ uid }) => uid))).toEqual([['bob']]);
    expect((await api.call('DELETE', '/v1/users/alice')).status).toBe(204);
    expect(JSON.stringify(api.log)).not.toContain('alice');
  });
});

describe('POST /v1/users/{uid}/test-push', () => {
  it('answers what the providers said, needs no body and leaves out an empty reason', async () => {
    const asked: string[] = [];
    const testPush = (uid: string) => {
      asked.push(uid);
      return Promise.resolve([
        { deviceId: 'a', provider: 'apns', outcome: 'accepted', reason: null, latencyMs: 12 },
        { deviceId: 'b', provider: 'fcm', outcome: 'unregistered', reason: 'UNREGISTERED', latencyMs: 3 },
      ] as const);
    };
    const api = await startTestApi(await openTestStore(), { services: { testPush } });
    const { status, body } = await api.call('POST', '/v1/users/a%2Fb/test-push');
    expect(status).toBe(200);
    expect(asked).toEqual(['a/b']);
    expect(body).toEqual({
      results: [
        { device_id: 'a', provider: 'apns', outcome: 'accepted', latency_ms: 12 },
        { device_id: 'b', provider: 'fcm', outcome: 'unregistered', reason: 'UNREGISTERED', latency_ms: 3 },
      ],
    });
  });
});
