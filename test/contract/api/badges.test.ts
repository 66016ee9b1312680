import { readKey } from '../../../src/shared/told-keys';
import { StoreUnavailableError } from '../../../src/store/ports/errors';
import { startTestApi, type TestApi } from './harness';
import { openTestStore, override, type TestStore } from './test-store';

describe('badges', () => {
  let api: TestApi;
  let store: TestStore;

  beforeEach(async () => {
    store = await openTestStore();
    api = await startTestApi(store);
  });

  const path = '/v1/users/alice/badge';

  it('are set and read, by app', async () => {
    expect(await api.call('GET', path)).toMatchObject({ status: 200, body: { app: 'default', count: null } });
    const put = await api.call('PUT', path, { body: { count: 7 } });
    expect(put).toMatchObject({ status: 200, body: { app: 'default', count: 7 } });
    expect((await api.call('GET', `${path}?app=default`)).body).toEqual({ app: 'default', count: 7 });
  });

  it.each([
    ['GET', `${path}?app=other`, undefined],
    ['PUT', path, { count: 1, app: 'other' }],
  ] as const)('are of configured apps only: %s %s', async (method, url, body) => {
    const reply = await api.call(method, url, body === undefined ? {} : { body });
    expect(reply).toMatchObject({ status: 422, body: { code: 'app_not_configured' } });
  });

  it.each([
    ['no count', {}, 'count'],
    ['a negative count', { count: -1 }, 'count'],
    ['a fraction', { count: 1.5 }, 'count'],
    ['a count that no phone shows', { count: 2 ** 31 }, 'count'],
    ['an unknown field', { count: 1, badge: 1 }, 'badge'],
  ])('answer 400 to %s', async (_, body, field) => {
    const reply = await api.call('PUT', path, { body });
    expect(reply).toMatchObject({ status: 400, body: { errors: [{ path: field }] } });
  });

  it('fall by what is read', async () => {
    const conversation = { channelType: 2, channelId: 'team' };
    const message = { uid: 'alice', app: 'default', ...conversation, receivedAtMs: store.clock.now() };
    await store.badges.count([
      { ...message, messageId: 'm1', messageSeq: 1 },
      { ...message, messageId: 'm2', messageSeq: 2 },
    ]);
    const read = (body: object) => api.call('POST', '/v1/users/alice/read', { body });
    const answer = await read({ channel_type: 2, channel_id: 'team', up_to_seq: 1 });
    expect(answer.status).toBe(204);
    expect((await api.call('GET', path)).body).toMatchObject({ count: 1 });
    await read({ channel_type: 2, channel_id: 'team' });
    expect((await api.call('GET', path)).body).toMatchObject({ count: 0 });
  });

  const ofTeam = { channel_type: 2, channel_id: 'team' };

  it('mark as read what was read before a report that came late', async () => {
    const mark = async () => {
      const stored = await store.sharedState.get(readKey('alice', { channelType: 2, channelId: 'team' }));
      return JSON.parse(stored ?? 'null') as unknown;
    };
    const read = (body: object) => api.call('POST', '/v1/users/alice/read', { body: { ...ofTeam, ...body } });
    await read({ up_to_seq: 10 });
    await read({ up_to_seq: 6 });
    expect(await mark()).toEqual({ upToSeq: 10, allAtMs: 0 });
    await read({});
    const allAtMs = store.clock.now();
    await read({ up_to_seq: 5 });
    expect(await mark()).toEqual({ upToSeq: 10, allAtMs });
  });

  it.each(['get', 'set'] as const)('are read where the mark cannot be kept: %s', async (name) => {
    const away = () => Promise.reject(new StoreUnavailableError('away'));
    const sharedState = override(store.sharedState, { [name]: away });
    const other = await startTestApi({ ...store, sharedState });
    expect((await other.call('POST', '/v1/users/alice/read', { body: ofTeam })).status).toBe(204);
  });

  it.each([
    ['no channel', { channel_type: 2 }, 'channel_id'],
    ['a channel type that is none', { channel_type: 256, channel_id: 'a' }, 'channel_type'],
    ['a sequence of 0', { channel_type: 2, channel_id: 'a', up_to_seq: 0 }, 'up_to_seq'],
    ['a text for a sequence', { channel_type: 2, channel_id: 'a', up_to_seq: '7' }, 'up_to_seq'],
  ])('refuse a read of %s', async (_, body, field) => {
    const reply = await api.call('POST', '/v1/users/alice/read', { body });
    expect(reply).toMatchObject({ status: 400, body: { errors: [{ path: field }] } });
  });
});
