import { readAnswer } from './answer';

const read = (answer: unknown) => readAnswer(typeof answer === 'string' ? answer : JSON.stringify(answer));

describe('readAnswer', () => {
  it('reads names, members and aliases', () => {
    const answer = read({
      users: [{ uid: 'alice', name: 'Alice', avatar_url: 'https://img.test/a.png' }, { uid: 'bob' }],
      channels: [{ channel_type: 2, channel_id: 'team', name: 'Team' }],
      members: [{ channel_type: 2, channel_id: 'team', uid: 'alice', name: 'Captain' }],
      aliases: [{ uid: 'bob', peer_uid: 'alice', name: 'Sis' }],
    });
    expect(answer?.users).toEqual(
      new Map([
        ['alice', { name: 'Alice', avatarUrl: 'https://img.test/a.png' }],
        ['bob', { name: null, avatarUrl: null }],
      ]),
    );
    expect(answer?.channels.get('2:team')).toEqual({ name: 'Team', avatarUrl: null });
    expect(answer?.members.get('2:team\nalice')).toBe('Captain');
    expect(answer?.aliases.get('bob\nalice')).toBe('Sis');
  });

  it.each([
    '',
    '[]',
    '7',
    'null',
    '{',
    '<html>',
    '{"users":{}}',
    '{"readers":"bob"}',
    '{"code":401,"msg":"log in"}',
  ])('is no answer: %s', (text) => expect(read(text)).toBeNull());

  it('may begin with a byte order mark', () => {
    expect(read('\ufeff{"users":[{"uid":"a","name":"A"}]}')?.users.get('a')?.name).toBe('A');
  });

  it('is an answer that knows nothing: an empty object', () => {
    expect(read({})?.readers.size).toBe(0);
  });

  it('leaves out names and pictures that must not be shown, and rows of nobody', () => {
    const answer = read({
      users: [
        { uid: 'a', name: 'x\u202ey' },
        { uid: 'b', name: ' ' },
        { uid: 'c', name: 'x'.repeat(257) },
        { uid: 'd', name: 7, avatar_url: 'http://img.test/a.png' },
        { uid: 'e', avatar_url: 'javascript:alert(1)' },
        { uid: 7, name: 'x' },
        { name: 'x' },
        null,
        'x',
      ],
      channels: [{ channel_type: '2', channel_id: 'team', name: 'Team' }],
      aliases: [{ uid: 'bob', name: 'Sis' }],
      members: null,
    });
    expect([...(answer?.users.keys() ?? [])]).toEqual(['a', 'b', 'c', 'd', 'e']);
    for (const named of answer?.users.values() ?? []) expect(named).toEqual({ name: null, avatarUrl: null });
    expect(answer?.channels.size).toBe(0);
    expect(answer?.aliases.size).toBe(0);
  });

  const reader = (row: object) => read({ readers: [{ uid: 'bob', ...row }] })?.readers.get('bob');

  it('reads what a reader wants', () => {
    const quiet = {
      start: '22:00',
      end: '07:00',
      timezone: 'Asia/Shanghai',
      days: [1, 7],
      allow_calls: true,
    };
    const preferences = { locale: 'zh_CN', preview: 'sender', muted_until: '2026-01-01T00:00:00Z' };
    expect(
      reader({
        preferences: { ...preferences, silence_while_online: 'any', quiet_hours: quiet },
        mutes: [{ channel_type: 2, channel_id: 'team', until: null, allow_mentions: true }],
      }),
    ).toEqual({
      preferences: {
        locale: 'zh-CN',
        preview: 'sender',
        mutedUntilMs: Date.UTC(2026, 0, 1),
        silenceWhileOnline: 'any',
        quietHours: {
          start: '22:00',
          end: '07:00',
          timezone: 'Asia/Shanghai',
          days: [1, 7],
          allowCalls: true,
          allowMentions: false,
        },
      },
      mutes: [{ channelType: 2, channelId: 'team', untilMs: null, allowMentions: true }],
    });
    expect(reader({})).toEqual({ preferences: null, mutes: null });
    expect(reader({ preferences: {}, mutes: [] })).toMatchObject({
      preferences: { preview: null },
      mutes: [],
    });
  });

  it.each([
    { preferences: { preview: 'hidden' } },
    { preferences: 'none' },
    { preferences: { muted_until: 'tomorrow' } },
    { preferences: { quiet_hours: { start: '22:00' } } },
    { preferences: { quiet_hours: { start: '07:00', end: '07:00' } } },
    { preferences: { quiet_hours: { start: '22:00', end: '07:00', days: [0] } } },
    { mutes: {} },
    { mutes: [{ channel_id: 'team' }] },
    { mutes: ['team'] },
  ])('does not take a wish that it does not understand for no wish: %j', (row) => {
    expect(reader(row)).toBe('unclear');
  });
});
