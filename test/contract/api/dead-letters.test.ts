import type { ReplayRequest } from '../../../src/domain/dead-letter';
import type { DeadLetter } from '../../../src/domain/dead-letter';
import { cursorOf, startTestApi, type TestApi } from './harness';
import { openTestStore, type TestStore } from './test-store';

function letter(id: string, more: Partial<DeadLetter> = {}): DeadLetter {
  return {
    id,
    atMs: Date.UTC(2026, 0, 31, 11),
    source: 'delivery',
    reason: 'expired',
    detail: null,
    messageId: '1234567890123456789',
    route: 'apns/production/default',
    receivedAtMs: Date.UTC(2026, 0, 31, 10),
    recipients: [{ uid: 'alice', deviceId: 'phone', tokenKind: 'alert' }],
    body: Buffer.from('{"secret":"content"}'),
    bodyTruncated: false,
    ...more,
  };
}

describe('dead letters', () => {
  let api: TestApi;
  let store: TestStore;
  let asked: ReplayRequest[];

  beforeEach(async () => {
    store = await openTestStore();
    asked = [];
    const replayDeadLetters = (request: ReplayRequest) => {
      asked.push(request);
      return Promise.resolve({
        replayed: 2,
        skipped: { too_old: 1, not_found: 3 },
        remaining: 7,
        nextCursor: request.ids === null && request.cursor === null ? 'there' : null,
      });
    };
    api = await startTestApi(store, { services: { replayDeadLetters } });
  });

  const logged = () => api.log.filter(({ fields }) => fields.event === 'dead_letter_bodies_read');

  it('lists metadata without content', async () => {
    await store.deadLetters.add([letter('1')]);
    const { body, text } = await api.call('GET', '/v1/dead-letters');
    expect(body).toEqual({
      items: [
        {
          id: '1',
          at: '2026-01-31T11:00:00.000Z',
          source: 'delivery',
          reason: 'expired',
          detail: null,
          message_id: '1234567890123456789',
          route: 'apns/production/default',
          received_at: '2026-01-31T10:00:00.000Z',
          recipients: [{ uid: 'alice', device_id: 'phone', token_kind: 'alert' }],
          body_bytes: 20,
          body_truncated: false,
        },
      ],
    });
    expect(text).not.toContain('secret');
    expect(logged()).toEqual([]);
  });

  it('shows content only when asked to, and logs that', async () => {
    await store.deadLetters.add([letter('2'), letter('1', { body: Buffer.from([0x1f, 0x8b, 0xff]) })]);
    const { body } = await api.call('GET', '/v1/dead-letters?include=body');
    expect(body.items?.[0]).toMatchObject({ body: '{"secret":"content"}', body_encoding: 'utf8' });
    expect(body.items?.[1]).toMatchObject({ body: 'H4v/', body_encoding: 'base64' });
    expect(logged()).toMatchObject([{ level: 'info', fields: { letters: 2 } }]);
  });

  it('lists in pages', async () => {
    await store.deadLetters.add(['3', '2', '1'].map((id) => letter(id)));
    const first = await api.call('GET', '/v1/dead-letters?limit=2');
    const second = await api.call('GET', `/v1/dead-letters?limit=2&cursor=${cursorOf(first)}`);
    expect([first, second].map(({ body }) => Object.values(body.items ?? {}).map(({ id }) => id))).toEqual([
      ['3', '2'],
      ['1'],
    ]);
    expect(second.body).not.toHaveProperty('next_cursor');
  });

  it.each(['include=all', 'limit=201', 'cursor=a%20b', 'before=2026-01-01'])(
    'answers 400 to the query %s',
    async (query) => {
      expect((await api.call('GET', `/v1/dead-letters?${query}`)).status).toBe(400);
    },
  );

  it.each(['!', 'AA', '_'.repeat(1024)])('bears the invented cursor %s', async (cursor) => {
    await store.deadLetters.add([letter('1')]);
    const { status } = await api.call('GET', `/v1/dead-letters?cursor=${cursor}`);
    expect([200, 400]).toContain(status);
  });

  it('replays the letters that are named, each once', async () => {
    const reply = await api.call('POST', '/v1/dead-letters/replay', { body: { ids: ['1', '2', '1'] } });
    expect(reply).toMatchObject({
      status: 200,
      body: { replayed: 2, skipped: 4, skipped_reasons: { too_old: 1, not_found: 3 }, remaining: 7 },
    });
    const all = { all: true, max_message_age_seconds: 60 };
    const first = await api.call('POST', '/v1/dead-letters/replay', { body: all });
    const cursor = first.body.next_cursor;
    const second = await api.call('POST', '/v1/dead-letters/replay', { body: { ...all, cursor } });
    expect(second.body).not.toHaveProperty('next_cursor');
    expect(asked).toEqual([
      { ids: ['1', '2'], cursor: null, maxMessageAgeMs: 3_600_000 },
      { ids: null, cursor: null, maxMessageAgeMs: 60_000 },
      { ids: null, cursor: 'there', maxMessageAgeMs: 60_000 },
    ]);
  });

  it.each([
    {},
    { ids: [] },
    { ids: ['1'], all: true },
    { all: false },
    { ids: ['1'], max_message_age_seconds: -1 },
    { id: '1' },
    { ids: ['1'], cursor: '1AAAAAAAAAAAA' },
    { all: true, cursor: '1AAAAAAAAAAAA' },
    { all: true, cursor: '' },
  ])('answers 400 to the replay of %j', async (body) => {
    expect((await api.call('POST', '/v1/dead-letters/replay', { body })).status).toBe(400);
    expect(asked).toEqual([]);
  });

  it('removes what is from before a time, with any offset', async () => {
    await store.deadLetters.add([letter('1-old'), letter('2-new', { atMs: api.clock.now() })]);
    const before = encodeURIComponent('2026-01-31T19:30:00+08:00');
    expect(await api.call('DELETE', `/v1/dead-letters?before=${before}`)).toMatchObject({
      status: 200,
      body: { removed: 1 },
    });
    expect((await store.deadLetters.list(10, null)).items.map(({ id }) => id)).toEqual(['2-new']);
  });

  it('removes all only when told so', async () => {
    await store.deadLetters.add([letter('1', { atMs: api.clock.now() + 1000 })]);
    for (const query of [
      '',
      '?all=false',
      '?all=',
      '?all=true&before=1970-01-01T00:00:02Z',
      '?before=yesterday',
    ]) {
      const reply = await api.call('DELETE', `/v1/dead-letters${query}`);
      expect(reply).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
    }
    expect(await store.deadLetters.count()).toBe(1);
    expect((await api.call('DELETE', '/v1/dead-letters?all=true')).body).toEqual({ removed: 1 });
  });
});
