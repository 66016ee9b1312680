import { decodeOnlineStatus, parseOnlineStatus } from './decode-online-status';

const decode = (root: unknown) => decodeOnlineStatus(Buffer.from(JSON.stringify(root)));

describe('parseOnlineStatus', () => {
  it.each([
    ['dave-0-1-5-1-1', 'dave', 0, true, 1, 1],
    ['a-b-c-1-0-4294967295-0-2', 'a-b-c', 1, false, 0, 2],
    ['1-2-3-0-1-5-1-1', '1-2-3', 0, true, 1, 1],
    ['-0-1-5-1-1-0-1-5-1-1', '-0-1-5-1-1', 0, true, 1, 1],
    ['张三-99-1-1-1-1', '张三', 99, true, 1, 1],
    ['carol-5-0-24-0-1', 'carol', 5, false, 0, 1],
  ])('reads %s from the right', (text, uid, deviceFlag, online, connections, total) => {
    expect(parseOnlineStatus(text)).toEqual({ uid, deviceFlag, online, connections, total });
  });

  it.each([
    '',
    'dave',
    'dave-0-1-5-1',
    '-0-1-5-1-1',
    'dave-0-2-5-1-1',
    'dave-x-1-5-1-1',
    'dave-0-1-5-1-',
    'dave-0-1-5--1-0',
    `${'u'.repeat(257)}-0-1-5-1-1`,
    '\ud800-0-1-5-1-1',
  ])('refuses %.40s', (text) => expect(parseOnlineStatus(text)).toBeNull());
});

describe('decodeOnlineStatus', () => {
  it('keeps the order and counts malformed items', async () => {
    const result = await decode(['b-0-1-1-1-1', 'x', 7, null, 'a-0-0-1-0-0']);
    expect(result.ok && result.value.changes.map(({ uid }) => uid)).toEqual(['b', 'a']);
    expect(result.ok && result.value.malformed).toBe(3);
  });

  it('refuses what has no status in it, but not an empty array', async () => {
    expect(await decode(['x', 'y'])).toMatchObject({ ok: false, failure: { path: '$[0]' } });
    expect(await decode({})).toMatchObject({ ok: false, failure: { path: '$' } });
    expect(await decode([])).toEqual({ ok: true, value: { changes: [], malformed: 0 } });
  });

  it('reads a batch of any size', async () => {
    const result = await decode(Array.from({ length: 12_000 }, (_, index) => `u${index}-0-1-${index}-1-1`));
    expect(result.ok && result.value.changes.length).toBe(12_000);
  });
});
