import { gzipSync } from 'node:zlib';
import { isAboutUser } from './named-uid';

const uid = 'erase.me/张三';
const escaped = 'erase.me\\/\\u5f20\\u4e09';
const base64 = (text: string | Buffer): string => Buffer.from(text).toString('base64');
const webhook = (text: string | Buffer) => ({ source: 'webhook' as const, body: Buffer.from(text) });
const message = (fields: object) => ({
  source: 'delivery' as const,
  body: Buffer.from(
    JSON.stringify({ kind: 'message', message: { fromUid: 'x', channelId: 'y', channelType: 1, ...fields } }),
  ),
});

describe('isAboutUser', () => {
  it.each([
    ['sender', `{"from_uid":"${uid}","channel_type":"bad"}`],
    ['a list', `{"to_uids":["a","${uid}"],"channel_type":"bad"}`],
    ['JSON escapes', `{"to_uids":["${escaped}"]`],
    ['percent-encoding', `uid=${encodeURIComponent(uid)}&x=1`],
    ['percent-encoding in JSON', `{"u":"${encodeURIComponent(uid)}"}`],
    [
      'escapes of every character',
      `["${[...uid].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')}"]`,
    ],
    ['an online status', `["${uid}-0-1-5-1-2"`],
    ['a channel of two', `{"channel_id":"${uid}@bob"`],
    ['a base64 payload', `{"payload":"${base64(`{"from":"${uid}"}`)}"`],
    [
      'a compressed list',
      `{"compress":"gzip","compress_to_uids":"${base64(gzipSync(JSON.stringify(['a', uid])))}"`,
    ],
    [
      'a compressed list with escaped slashes',
      `{"compress_to_uids":"${base64(gzipSync(`["a","${uid}"]`)).replaceAll('/', '\\/')}"`,
    ],
    ['a body that is cut off behind it', `{"from_uid":"${uid}","payl`],
  ])('finds it in %s', (_, body) => {
    expect(isAboutUser(webhook(body), uid)).toBe(true);
    expect(isAboutUser(webhook(body), 'somebody')).toBe(false);
  });

  it('finds it in a gzip body, cut off or whole', () => {
    const body = gzipSync(
      JSON.stringify(['a', uid, ...Array.from({ length: 2000 }, (_, at) => `user-${at * 7919}`)]),
    );
    expect(isAboutUser(webhook(body), uid)).toBe(true);
    expect(isAboutUser(webhook(body.subarray(0, body.length - 200)), uid)).toBe(true);
  });

  it.each([
    ['alice', '["alice2"]'],
    ['alice', '["malice"]'],
    ['1', '{"message_id":41,"n":12}'],
    ['a', '{"name":"bar"}'],
  ])('does not take a part of a word for %s', (name, body) => {
    expect(isAboutUser(webhook(body), name)).toBe(false);
  });

  it('finds a number', () => {
    expect(isAboutUser(webhook('{"to_uids":[7,41]}'), '41')).toBe(true);
  });

  it('knows sender and peers of a message that was understood, and does not search its text', () => {
    expect(isAboutUser(message({ fromUid: 'alice' }), 'alice')).toBe(true);
    expect(isAboutUser(message({ channelId: 'alice@bob' }), 'bob')).toBe(true);
    expect(isAboutUser(message({ channelId: 'al@x.com@bob' }), 'al@x.com')).toBe(true);
    expect(isAboutUser(message({ channelId: 'alice|service', channelType: 3 }), 'alice')).toBe(true);
    expect(isAboutUser(message({ channelId: 'alice', channelType: 2 }), 'alice')).toBe(false);
    expect(isAboutUser(message({ payload: base64('hello alice') }), 'alice')).toBe(false);
  });

  it('searches a body of the relay that is cut off', () => {
    const { body } = message({ fromUid: 'alice', payload: 'x'.repeat(100) });
    expect(isAboutUser({ source: 'entry', body: body.subarray(0, 80) }, 'alice')).toBe(true);
  });
});
