import { startTestApi, type TestApi } from './harness';
import { openTestStore, type TestStore } from './test-store';

const path = '/v1/users/alice/preferences';
const mutes = '/v1/users/alice/mutes';
const hours = { start: '22:00', end: '07:00' };

let api: TestApi;
let store: TestStore;

beforeEach(async () => {
  store = await openTestStore();
  api = await startTestApi(store);
});

describe('preferences', () => {
  const nothing = {
    locale: null,
    preview: null,
    muted_until: null,
    silence_while_online: null,
    quiet_hours: null,
  };

  it('are null until they are set, and replaced as a whole', async () => {
    expect(await api.call('GET', path)).toMatchObject({ status: 200, body: nothing });
    const all = {
      locale: 'zh_CN_#Hans',
      preview: 'sender',
      muted_until: '2026-02-01T08:00:00+08:00',
      silence_while_online: 'any',
      quiet_hours: {
        ...hours,
        timezone: 'GMT+08:00',
        days: [7, 1, 1],
        allow_calls: true,
        allow_mentions: false,
      },
    };
    const kept = {
      locale: 'zh-Hans-CN',
      preview: 'sender',
      muted_until: '2026-02-01T00:00:00.000Z',
      silence_while_online: 'any',
      quiet_hours: { ...all.quiet_hours, timezone: 'Etc/GMT-8', days: [1, 7] },
    };
    const put = await api.call('PUT', path, { body: all });
    expect(put).toMatchObject({ status: 200 });
    // Nobody can tell here who is online.
    const warnings = [{ path: 'silence_while_online', message: expect.any(String) }];
    expect(put.body).toEqual({ ...kept, warnings });
    expect((await api.call('GET', path)).body).toEqual(kept);
    // What was answered can be sent again.
    expect((await api.call('PUT', path, { body: kept })).body).toEqual({ ...kept, warnings });
    const few = await api.call('PUT', path, { body: { quiet_hours: hours } });
    expect(few.body).toEqual({
      ...nothing,
      quiet_hours: { ...hours, timezone: null, days: null, allow_calls: false, allow_mentions: false },
    });
    expect((await api.call('PUT', path, { body: {} })).body).toEqual(nothing);
    expect((await api.call('PUT', path, { body: { ...nothing } })).status).toBe(200);
  });

  it('leave out a locale that cannot be read, with a warning', async () => {
    const { status, body } = await api.call('PUT', path, { body: { locale: 'klingon!!' } });
    expect(status).toBe(200);
    expect(body).toMatchObject({ locale: null, warnings: [{ path: 'locale' }] });
    expect((await api.call('GET', path)).body).toEqual(nothing);
  });

  it.each([
    ['locale', { locale: 7 }, 'locale'],
    ['preview', { preview: 'some' }, 'preview'],
    ['time', { muted_until: 'tomorrow' }, 'muted_until'],
    ['number as a time', { muted_until: 1_767_000_000 }, 'muted_until'],
    ['field that nobody knows', { mutedUntil: null }, 'mutedUntil'],
    ['kind of being online', { silence_while_online: 'web' }, 'silence_while_online'],
    ['hours without a start', { quiet_hours: { end: '07:00' } }, 'quiet_hours.start'],
    ['hours without an end', { quiet_hours: { start: '07:00' } }, 'quiet_hours.end'],
    ['hours that end as they start', { quiet_hours: { start: '07:00', end: '07:00' } }, 'quiet_hours.end'],
    ['hour 24', { quiet_hours: { ...hours, end: '24:00' } }, 'quiet_hours.end'],
    ['hour of one digit', { quiet_hours: { ...hours, end: '7:00' } }, 'quiet_hours.end'],
    ['minute 60', { quiet_hours: { ...hours, start: '22:60' } }, 'quiet_hours.start'],
    ['hour with seconds', { quiet_hours: { ...hours, start: '22:00:00' } }, 'quiet_hours.start'],
    ['hour as a number', { quiet_hours: { ...hours, start: 22 } }, 'quiet_hours.start'],
    ['time zone', { quiet_hours: { ...hours, timezone: 'Mars/Base' } }, 'quiet_hours.timezone'],
    ['empty time zone', { quiet_hours: { ...hours, timezone: '' } }, 'quiet_hours.timezone'],
    ['empty list of days', { quiet_hours: { ...hours, days: [] } }, 'quiet_hours.days'],
    ['day 0', { quiet_hours: { ...hours, days: [0] } }, 'quiet_hours.days[0]'],
    ['day 8', { quiet_hours: { ...hours, days: [1, 8] } }, 'quiet_hours.days[1]'],
    ['day by name', { quiet_hours: { ...hours, days: ['mon'] } }, 'quiet_hours.days[0]'],
    ['half a day', { quiet_hours: { ...hours, days: [1.5] } }, 'quiet_hours.days[0]'],
    ['eight days', { quiet_hours: { ...hours, days: [1, 2, 3, 4, 5, 6, 7, 1] } }, 'quiet_hours.days'],
    ['flag', { quiet_hours: { ...hours, allow_calls: 'yes' } }, 'quiet_hours.allow_calls'],
    ['other flag', { quiet_hours: { ...hours, allow_mentions: 1 } }, 'quiet_hours.allow_mentions'],
    ['field within', { quiet_hours: { ...hours, zone: 'UTC' } }, 'quiet_hours.zone'],
    ['list of hours', { quiet_hours: [] }, 'quiet_hours'],
  ])('answer 400 to a wrong %s, by its path, and keep what there was', async (_, body, at) => {
    await api.call('PUT', path, { body: { preview: 'none' } });
    const reply = await api.call('PUT', path, { body });
    expect(reply).toMatchObject({ status: 400, body: { code: 'invalid_request', errors: [{ path: at }] } });
    expect((await api.call('GET', path)).body).toEqual({ ...nothing, preview: 'none' });
  });
});

describe('mutes', () => {
  const put = (at: string, body: object = {}) => api.call('PUT', `${mutes}/${at}`, { body });

  it('are set, listed in order, replaced and removed', async () => {
    expect((await api.call('GET', mutes)).body).toEqual({ items: [] });
    expect((await put('2/team', { until: '2026-12-24T18:00:00Z', allow_mentions: true })).status).toBe(204);
    for (const at of ['10/visitor', '2/b%2Fc', '1/bob']) expect((await put(at)).status).toBe(204);
    const list = (await api.call('GET', mutes)).body;
    expect(list).toEqual({
      items: [
        { channel_type: 1, channel_id: 'bob', allow_mentions: false },
        { channel_type: 2, channel_id: 'b/c', allow_mentions: false },
        { channel_type: 2, channel_id: 'team', until: '2026-12-24T18:00:00.000Z', allow_mentions: true },
        { channel_type: 10, channel_id: 'visitor', allow_mentions: false },
      ],
    });
    await put('2/team', { until: null, allow_mentions: null });
    for (const at of ['1/bob', '1/bob', '2/b%2Fc'])
      expect((await api.call('DELETE', `${mutes}/${at}`)).status).toBe(204);
    expect((await api.call('GET', mutes)).body).toEqual({
      items: [
        { channel_type: 2, channel_id: 'team', allow_mentions: false },
        { channel_type: 10, channel_id: 'visitor', allow_mentions: false },
      ],
    });
    expect((await api.call('GET', '/v1/users/bob/mutes')).body).toEqual({ items: [] });
  });

  it('are not listed once they are over', async () => {
    await put('2/team', { until: new Date(store.clock.now() + 1_000).toISOString() });
    expect((await api.call('GET', mutes)).body).toMatchObject({ items: [{ channel_id: 'team' }] });
    store.clock.nowMs += 1_000;
    expect((await api.call('GET', mutes)).body).toEqual({ items: [] });
  });

  it('are 1,000 at most; those that are over make room', async () => {
    const soon = store.clock.now() + 1_000;
    const filling = Array.from({ length: 1_000 }, (_, number) =>
      store.preferences.putMute('alice', {
        channelType: 2,
        channelId: `g${number}`,
        untilMs: number < 3 ? soon : null,
        allowMentions: false,
      }),
    );
    await Promise.all(filling);
    expect(await put('2/one-more')).toMatchObject({ status: 422, body: { code: 'too_many_mutes' } });
    expect((await put('2/g7', { allow_mentions: true })).status).toBe(204);
    store.clock.nowMs += 1_000;
    expect((await put('2/one-more')).status).toBe(204);
    expect(await store.preferences.listMutes('alice')).toHaveLength(998);
  });

  it('are listed in pages', async () => {
    const ids = Array.from({ length: 7 }, (_, number) => `g${String(number)}`);
    for (const id of ids) await put(`2/${id}`);
    const seen: unknown[] = [];
    let query = '?limit=3';
    for (let page = 0; page < 3; page += 1) {
      const { body } = await api.call('GET', `${mutes}${query}`);
      const { items, next_cursor: next } = body as unknown as Page;
      seen.push(...items.map((item) => item.channel_id));
      query = `?limit=3&cursor=${next ?? ''}`;
      expect(next === undefined).toBe(page === 2);
    }
    expect(seen).toEqual(ids);
  });

  it.each([
    ['until', '2/team', { until: 'soon' }, 'until'],
    ['allow_mentions', '2/team', { allow_mentions: 'me' }, 'allow_mentions'],
    ['unknown field', '2/team', { mentions: true }, 'mentions'],
    ['channel type', '256/team', {}, 'channel_type'],
    ['channel type in words', 'group/team', {}, 'channel_type'],
    ['channel id of 257 bytes', `2/${'x'.repeat(257)}`, {}, 'channel_id'],
  ])('answer 400 to a wrong %s, by its path', async (_, at, body, field) => {
    expect(await put(at, body)).toMatchObject({ status: 400, body: { errors: [{ path: field }] } });
    expect((await api.call('GET', mutes)).body).toEqual({ items: [] });
  });

  it('go with the user, as preferences do', async () => {
    await put('2/team');
    await api.call('PUT', path, { body: { preview: 'none' } });
    expect((await api.call('DELETE', '/v1/users/alice')).status).toBe(204);
    expect((await api.call('GET', mutes)).body).toEqual({ items: [] });
    expect((await api.call('GET', path)).body).toMatchObject({ preview: null });
  });
});

interface Page {
  readonly items: readonly { readonly channel_id: string }[];
  readonly next_cursor?: string;
}
