import type { PresenceChange } from '../../domain/presence';
import { decodeOnlineStatus, parseOnlineStatus } from './decode-online-status';

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
  ])('refuses %s', (text) => expect(parseOnlineStatus(text)).toBeNull());
});

describe('decodeOnlineStatus', () => {
  async function decode(text: string) {
    const result = await decodeOnlineStatus(Buffer.from(text));
    if (!result.ok) return result.failure;
    const portions: (readonly PresenceChange[])[] = [];
    for (let next = result.value.next(); next !== null; next = result.value.next()) portions.push(next);
    return { portions, malformed: result.value.malformed };
  }

  it('keeps the order and counts malformed items', async () => {
    const items = ['b-0-1-1-1-1', 'x', 7, null, {}, ['b-0-1-1-1-1'], '', 'x'.repeat(5_000), 'é"-0-0-1-0-0'];
    expect(await decode(JSON.stringify(items))).toMatchObject({
      portions: [[{ uid: 'b' }, { uid: 'é"' }]],
      malformed: 7,
    });
  });

  it.each([
    ['', 'empty', '$'],
    ['{}', 'type', '$'],
    ['5', 'type', '$'],
    ['{', 'json', '$'],
    ['["b-0-1-1-1-1"', 'json', '$'],
    ['["b-0-1-1-1-1"] x', 'json', '$'],
    ['["b-0-1-1-1-1",]', 'json', '$'],
    ['['.repeat(100), 'json', '$'],
  ])('refuses %s', async (text, reason, path) => {
    expect(await decode(text)).toMatchObject({ reason, path });
  });

  // Their text is megabytes, and no name of a test.
  it.each(['5', '{}'])('refuses hundreds of thousands of %s at the 1,001st', async (item) => {
    const text = `[${`${item},`.repeat(300_000)}5]`;
    expect(await decode(text)).toMatchObject({ reason: 'type', path: '$[1000]' });
  });

  it('refuses nothing in an empty array', async () => {
    expect(await decode(' [ ] ')).toEqual({ portions: [], malformed: 0 });
  });

  it('reads a batch of any size, in portions', async () => {
    const items = Array.from({ length: 12_345 }, (_, index) => `u${index}-0-1-${index}-1-1`);
    const result = await decode(JSON.stringify(items));
    if (!('portions' in result)) throw new Error(JSON.stringify(result));
    expect(result.portions.flat().map(({ uid }) => uid)).toEqual(items.map((item) => item.split('-')[0]));
    expect(Math.max(...result.portions.map(({ length }) => length))).toBeLessThanOrEqual(1_000);
  });
});
