import type { Message } from '../domain/message';
import { isVisibleTo } from './audience';
import { MessageReader, type ContentRules } from './message-content';
import { plainSenders } from '../../test/helpers/content-rules';

const callCommands = ['room.invoke', 'rtc.p2p.invoke'];

const parseMessage = (message: Message, rules: Partial<ContentRules> = {}) =>
  new MessageReader({
    types: {},
    unknown: 'neutral',
    callTypes: [],
    callCommands,
    ...plainSenders,
    ...rules,
  }).read(message);

const message = (payload: string | Buffer | object, changes: Partial<Message> = {}): Message => ({
  messageId: '2124457484096540672',
  messageSeq: 7,
  clientMsgNo: 'c1',
  fromUid: 'alice',
  channelId: 'g-team',
  channelType: 2,
  topic: '',
  setting: 0,
  noPersist: false,
  redDot: true,
  syncOnce: false,
  expireSeconds: 0,
  timestampSeconds: 1795345109,
  payload: encode(payload),
  ...changes,
});

function encode(payload: string | Buffer | object): string {
  if (Buffer.isBuffer(payload)) return payload.toString('base64');
  return Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload)).toString('base64');
}

const gistOf = (payload: string | Buffer | object, changes: Partial<Message> = {}) =>
  parseMessage(message(payload, changes)).gist;
const fromServer = { fromUid: '____system' };
const neutral = { kind: 'neutral' };
const text = (words: string) => ({ kind: 'text', text: words });
const label = (name: string, ...details: string[]) => ({ kind: 'label', label: name, details });

describe('parseMessage', () => {
  it('reads a text', () => {
    const content = parseMessage(message({ type: 1, content: '  hello \n' }));
    expect(content).toMatchObject({ type: 1, encrypted: false, command: null, callInvite: null });
    expect(content.gist).toEqual({ kind: 'text', text: 'hello' });
  });

  it('reads the text of a reply, not what it replies to', () => {
    const reply = { from_name: 'Carol', payload: { type: 1, content: 'Dinner?' } };
    expect(gistOf({ type: 1, content: 'Yes', reply })).toEqual({ kind: 'text', text: 'Yes' });
  });

  it.each([
    [{ type: 2, url: 'u', width: 3 }, label('image')],
    [{ type: 2, content: ' Sunset ' }, label('image', 'Sunset')],
    [{ type: 2, caption: 'Sunset', content: 'x' }, label('image', 'Sunset')],
    [{ type: 2, caption: '', content: 'Sunset' }, label('image', 'Sunset')],
    [{ type: 8, name: 'a.pdf', caption: '\u200b', content: 'Sunset' }, label('file', 'a.pdf', 'Sunset')],
    [{ type: 2, caption: '3/4.25' }, label('image', '3/4.25')],
    [{ type: 2, caption: '照片/北京.2024' }, label('image', '照片/北京.2024')],
    [{ type: 2, caption: '图/来自www.example.com' }, label('image', '图/来自www.example.com')],
    [{ type: 2, content: '/sdcard/1/9.3gp' }, label('image')],
    [{ type: 2, content: 'C:\\图\\9.3gp' }, label('image')],
    [{ type: 2, content: 'img/9.heic' }, label('image')],
    [{ type: 2, content: '照片/北京.JPG' }, label('image')],
    [{ type: 2, content: '[图片]' }, label('image')],
    [{ type: 3, url: 'u', content: 'x' }, label('gif')],
    [{ type: 4, timeTrad: 7 }, label('voice', '0:07')],
    [{ type: 4, timeTrad: '61.4' }, label('voice', '1:01')],
    [{ type: 4, timeTrad: 0 }, label('voice')],
    [{ type: 4, timeTrad: 'soon' }, label('voice')],
    [{ type: 4, timeTrad: -1 }, label('voice')],
    [{ type: 4, timeTrad: 1e300 }, label('voice')],
    [{ type: 5, second: 4805, content: 'Party' }, label('video', '1:20:05', 'Party')],
    [{ type: 6, title: 'Cafe Central', address: 'Herrengasse 14' }, label('location', 'Cafe Central')],
    [{ type: 6, address: 'Herrengasse 14' }, label('location', 'Herrengasse 14')],
    [{ type: 7, name: 'Dave', vercode: 'secret' }, label('card', 'Dave')],
    [{ type: 8, name: 'a\u202efdp.exe' }, label('file', 'afdp.exe')],
    [{ type: 8, name: 'Q3.pdf', content: 'Q3.pdf' }, label('file', 'Q3.pdf')],
    [{ type: 8, name: 'Q3.pdf', content: 'as agreed' }, label('file', 'Q3.pdf', 'as agreed')],
    [{ type: 8, name: 5 }, label('file', '5')],
    [{ type: 8, name: ['a'], content: {} }, label('file')],
    [
      { type: 1, content: 483920 },
      { kind: 'text', text: '483920' },
    ],
    [{ type: 1, content: { text: 'x' } }, text('x')],
    [{ type: 1, content: '{"text":"x"}' }, text('x')],
    [{ type: 1, content: '{"type":1,"content":"x"}' }, text('x')],
    [{ type: 1, content: '[{"type":"text","text":"x"},{"type":"image"}]' }, text('x')],
    [{ type: 1, content: '{"order":{"id":7}}' }, { kind: 'neutral' }],
    [{ type: 1, content: '{order}' }, text('{order}')],
    [{ type: 1, content: '[1,2]' }, text('[1,2]')],
    [{ type: 2, url: 'file/preview/1', content: 'file/preview/1' }, label('image')],
    [{ type: 2, content: 'file/preview/chat/1/x.jpg' }, label('image')],
    [{ type: 5, content: '/storage/emulated/0/DCIM/x.mp4' }, label('video')],
    [{ type: 2, content: 'and/or' }, label('image', 'and/or')],
    [{ type: 2, content: 'See www.example.com/a.png' }, label('image', 'See www.example.com/a.png')],
    [{ type: 12, content: '[Smile]' }, label('sticker', 'Smile')],
    [{ type: 12, content: '[ ]' }, label('sticker')],
    [{ type: 13, content: '【捂脸】' }, label('sticker', '捂脸')],
    [
      { type: 12, url: 'u', placeholder: '<svg viewBox="0 0 512 512"><path d="M438 230"/></svg>' },
      label('sticker'),
    ],
    [{ type: 13, content: 'https://img.example.com/a.tgs' }, label('sticker')],
    [{ type: 2, content: 'https://img.example.com/a.png' }, label('image')],
    [{ type: 5, content: 'HTTPS://img.example.com/a.mp4', second: 3 }, label('video', '0:03')],
    [{ type: 8, name: 'a.pdf', content: '{"url":"u"}' }, label('file', 'a.pdf')],
    [{ type: 2, content: 'See https://example.com' }, label('image', 'See https://example.com')],
    [{ type: 16, content: 'x' }, label('invite')],
    [{ type: 9989, call_type: 0, result_type: 1, second: 80 }, label('call_voice', '1:20')],
    [{ type: 9989, call_type: 1, result_type: 1, second: '80' }, label('call_video', '1:20')],
    [{ type: 9989, call_type: 0, result_type: 2 }, label('call_voice_missed')],
    [{ type: 9989, call_type: 1, result_type: 2 }, label('call_video_missed')],
    [{ type: 9989, call_type: 1, result_type: 0 }, label('call_canceled')],
    [{ type: 9989, call_type: 0, result_type: 3 }, label('call_declined')],
    [{ type: 9989, content: '通话时长 01:20' }, label('call_voice')],
  ])('reads %j', (payload, gist) => {
    expect(gistOf(payload)).toEqual(gist);
  });

  it('reads whose chat was forwarded', () => {
    const users = [{ uid: 'a', name: 'Alice' }, { uid: 'b', name: 'Bob' }, { name: 'Carol' }];
    expect(gistOf({ type: 11, channel_type: 1, users })).toEqual({
      kind: 'forward',
      names: ['Alice', 'Bob'],
      isGroup: false,
    });
    expect(gistOf({ type: 11, channel_type: 2, users })).toEqual({
      kind: 'forward',
      names: [],
      isGroup: true,
    });
    expect(gistOf({ type: 11, users: [5, {}], msgs: {} })).toMatchObject({ names: [] });
    const same = [{ name: 'Alice' }, { name: 'Alice' }];
    expect(gistOf({ type: 11, users: same })).toMatchObject({ names: ['Alice'] });
  });

  it('reads system messages, tips and hotline messages with their people', () => {
    expect(
      gistOf({ type: 1003, content: '{0} joined', extra: [{ uid: 'dave', name: 'Dave' }] }, fromServer),
    ).toEqual({
      kind: 'system',
      text: '{0} joined',
      people: [{ uid: 'dave', name: 'Dave' }],
    });
    expect(gistOf({ type: 2000, content: 'tip' })).toEqual({ kind: 'system', text: 'tip', people: [] });
    expect(gistOf({ type: 1200, content: '' })).toEqual(label('hotline'));
    expect(gistOf({ type: 1001 }, fromServer)).toEqual(label('system'));
    expect(gistOf({ type: 2000 })).toEqual(label('tip'));
    expect(gistOf({ type: 1006, content: '{0}撤回了一条消息', extra: [{ name: 'Dave' }] })).toEqual({
      kind: 'recalled',
    });
  });

  describe("with the operator's types", () => {
    const custom = {
      text: { en: 'Red packet: {greeting}', 'zh-CN': '[红包] {order.id}' },
      isPushed: true,
      priority: 'normal',
      androidChannelId: 'money',
    } as const;
    const types = { 101: custom, 102: { ...custom, isPushed: false }, 2: { ...custom, text: null } };
    const read = (payload: object, unknown: 'neutral' | 'drop' = 'neutral') =>
      parseMessage(message(payload), { types, unknown });

    it('reads the fields that their words show', () => {
      const content = read({ type: 101, greeting: 'Good luck', order: { id: 7, secret: 'x' }, other: 'y' });
      expect(content).toMatchObject({ isPushedType: true, priority: 'normal', androidChannelId: 'money' });
      expect(content.gist).toMatchObject({
        kind: 'custom',
        values: new Map([
          ['greeting', 'Good luck'],
          ['order.id', '7'],
        ]),
      });
      expect(read({ type: 101, order: ['id'], greeting: {} }).gist).toMatchObject({ values: new Map() });
      const rounded = { type: 101, order: { id: 2 ** 60 } };
      expect(read(rounded).gist).toMatchObject({ values: new Map() });
    });

    it('leaves the own words to a type that has no others', () => {
      expect(read({ type: 2 })).toMatchObject({ gist: label('image'), androidChannelId: 'money' });
      expect(read({ type: 3 })).toMatchObject({ androidChannelId: null, priority: 'high' });
    });

    it('knows what is not to be pushed', () => {
      const isPushed = (payload: object, unknown?: 'drop') => read(payload, unknown).isPushedType;
      expect(isPushed({ type: 102 })).toBe(false);
      expect([isPushed({ type: 57 }), isPushed({ type: 57 }, 'drop')]).toEqual([true, false]);
      expect([isPushed({}), isPushed({}, 'drop')]).toEqual([true, false]);
      for (const type of [1, 98, 101, 1003, 2000])
        expect(isPushed({ type, content: 'x' }, 'drop')).toBe(true);
      const ciphertext = message('MwohBQ0m1cVrN2v6h+6b', { setting: 0x20 });
      expect(parseMessage(ciphertext, { unknown: 'drop' }).isPushedType).toBe(true);
    });

    it('does not read ciphertext', () => {
      const content = parseMessage(message({ type: 101, greeting: 'secret' }, { setting: 0x20 }), { types });
      expect(content.gist).toEqual(neutral);
    });
  });

  it('shows no text where nobody can tell whom it is to be hidden from', () => {
    expect(gistOf({ type: 1, content: 'secret', visibles: { carol: 1 } })).toEqual(neutral);
    expect(gistOf({ type: 8, name: 'secret.pdf', invisibles: 7 })).toEqual(neutral);
    expect(gistOf({ type: 1, content: 'hello', visibles: {} })).toEqual({ kind: 'text', text: 'hello' });
  });

  it('believes system messages of the configured senders only, and recalls of anybody', () => {
    const system = { type: 1002, content: 'The group has moved to evil.example' };
    const by = (fromUid: string, systemUids: string[]) =>
      parseMessage(message(system, { fromUid }), { systemUids });
    expect(by('mallory', ['____system']).gist).toEqual(neutral);
    expect(by('____system', ['u_10000']).gist).toEqual(neutral);
    expect(by('u_10000', ['____system', 'u_10000'])).toMatchObject({
      gist: { kind: 'system' },
      isFromSystem: true,
    });
    for (const type of [1000, 1001, 1022]) expect(gistOf({ type, content: 'x' })).toEqual(neutral);
    for (const type of [999, 1023]) expect(gistOf({ type, content: 'x' })).toEqual(neutral);
    expect(gistOf({ type: 1006 })).toMatchObject({ kind: 'recalled' });
    const words = {
      text: { en: 'Joined' },
      isPushed: true,
      priority: 'high',
      androidChannelId: null,
    } as const;
    expect(parseMessage(message({ type: 1003 }), { types: { 1003: words } }).gist).toMatchObject({
      kind: 'custom',
    });
  });

  it("takes the payload's name of the sender only where the operator trusts it", () => {
    const named = { type: 1, content: 'x', from_name: ' Al\nice\u202e ' };
    const nameOf = (payload: object, changes: Partial<Message> = {}) =>
      parseMessage(message(payload, changes), { trustPayloadNames: true }).senderName;
    expect(parseMessage(message(named)).senderName).toBeNull();
    expect(nameOf(named)).toBe('Al ice');
    expect(nameOf({ ...named, from_name: '\u200b' })).toBeNull();
    expect(nameOf({ ...named, from_name: 7 })).toBeNull();
    expect(nameOf({ ...named, from_name: 'x'.repeat(5000) })).toHaveLength(60);
    expect(nameOf(named, { setting: 0x20 })).toBeNull();
  });

  it('takes images of the hosts that the operator trusts, and of no others', () => {
    const imageOf = (url: unknown, type = 2, field = 'url', more = {}) =>
      parseMessage(message({ type, [field]: url, ...more }), {
        imageHosts: ['img.test', '*.cdn.test', 'port.test:8443'],
      }).imageUrl;
    const image = 'https://img.test/a.png?x=1';
    expect(parseMessage(message({ type: 2, url: image })).imageUrl).toBeNull();
    expect(imageOf(image)).toBe(image);
    expect(imageOf(image, 3)).toBe(image);
    expect(imageOf(image, 5, 'cover')).toBe(image);
    expect(imageOf('https://a.b.cdn.test/x')).toBe('https://a.b.cdn.test/x');
    expect(imageOf('https://PORT.test:8443/x')).toBe('https://port.test:8443/x');
    for (const url of [
      'http://img.test/a.png',
      'https://img.test.evil.example/a',
      'https://evil.example/?https://img.test/',
      'https://img.test@evil.example/',
      'https://user:pw@img.test/a',
      'https://cdn.test/x',
      'https://evilcdn.test/x',
      'https://img.test:8443/a',
      'https://port.test/x',
      'https://img.test/\u202ea',
      `https://img.test/${'x'.repeat(2000)}`,
      '//img.test/a',
      'file/preview/a.png',
      '',
      7,
      null,
    ])
      expect(imageOf(url)).toBeNull();
    expect(imageOf(image, 1)).toBeNull();
    expect(imageOf(image, 5)).toBeNull();
    expect(imageOf(image, 2, 'url', { visibles: { carol: 1 } })).toBeNull();
    const options = { imageHosts: ['img.test'] };
    expect(parseMessage(message({ type: 2, url: image }, { setting: 0x20 }), options).imageUrl).toBeNull();
  });

  it('reads at most twenty people, and no broken ones', () => {
    const extra = [null, 5, { name: 7 }, ...Array.from({ length: 500 }, (_, i) => ({ name: `n${i}` }))];
    const gist = gistOf({ type: 1002, content: '{0}{3}', extra }, fromServer);
    const names = [null, null, null, ...Array.from({ length: 17 }, (_, i) => `n${i}`)];
    expect(gist).toMatchObject({ people: names.map((name) => ({ uid: null, name })) });
  });

  it('reads rich text', () => {
    const content = [{ type: 'text', text: 'hi' }];
    expect(gistOf({ type: 14, content })).toEqual({ kind: 'text', text: 'hi' });
    expect(gistOf({ type: 14 })).toEqual(neutral);
  });

  it.each([
    ['an unknown type', { type: 57, content: 'secret' }],
    ['a missing type', { content: 'secret' }],
    ['a type that is no number', { type: 'text', content: 'secret' }],
    ['an empty text', { type: 1, content: ' ' }],
    ['a text that is none', { type: 1, content: { a: 1 } }],
    ['broken content', { type: 97, content: 'secret' }],
    ['a message that was not decrypted', { type: 98, content: 'secret' }],
    ['plain text', 'just plain text'],
    ['no bytes', ''],
    ['binary', Buffer.from([0, 255, 254, 123, 1])],
    ['cut JSON', '{"type":1,"content":"sec'],
    ['a JSON string', '"secret"'],
    ['a JSON list', '[{"type":1,"content":"secret"}]'],
    ['JSON null', 'null'],
  ])('says nothing of %s', (_, payload) => {
    expect(gistOf(payload)).toEqual(neutral);
  });

  it('takes a type that is written as text, a byte order mark, and white space in front', () => {
    expect(gistOf({ type: '1', content: 'a' })).toEqual({ kind: 'text', text: 'a' });
    expect(gistOf('\ufeff{"type":1,"content":"a"}')).toEqual({ kind: 'text', text: 'a' });
    expect(gistOf(' \n\t{"type":1,"content":"a"}')).toEqual({ kind: 'text', text: 'a' });
  });

  it('does not read ciphertext, but obeys what stands beside it', () => {
    const content = parseMessage(
      message({ type: 1, content: 'c2VjcmV0', visibles: ['carol'] }, { setting: 0x20 }),
    );
    expect(content.encrypted).toBe(true);
    expect(content.gist).toEqual(neutral);
    expect(isVisibleTo(content, 'dave')).toBe(false);
    expect(parseMessage(message('MwohBQ0m1cVrN2v6h+6b', { setting: 0x20 }))).toMatchObject({
      encrypted: true,
      gist: neutral,
    });
  });

  it.each([
    ['sync_once', { syncOnce: true }, { type: 1, content: 'x' }, null],
    ['its type', {}, { type: 99, cmd: 'unreadClear', param: { channel_id: 'g1' } }, 'unreadClear'],
    [
      'its channel',
      { channelId: '5506265378613541008____cmd', channelType: 8 },
      { cmd: 'memberUpdate' },
      'memberUpdate',
    ],
    ['the system channel', { channelId: 'systemcmdonline', channelType: 8 }, 'garbage', null],
  ])('knows a command by %s', (_, changes, payload, cmd) => {
    const content = parseMessage(message(payload, changes));
    expect(content.command).toMatchObject({ cmd });
    expect(content.callInvite).toBeNull();
  });

  it('reads the invitation to a call of a command', () => {
    const invite = (cmd: string, param: object, from = 'alice') =>
      parseMessage(message({ type: 99, cmd, param }, { syncOnce: true, fromUid: from })).callInvite;
    expect(invite('rtc.p2p.invoke', { from_uid: 'mallory', call_type: 1 })).toEqual({
      callId: '2124457484096540672',
      fromUid: 'alice',
      media: 'video',
    });
    const room = { room_id: 'r1', inviter: 'dave', participants: ['carol'] };
    expect(invite('room.invoke', room, '____system')).toEqual({
      callId: 'r1',
      fromUid: 'dave',
      media: 'voice',
    });
    expect(invite('unreadClear', {})).toBeNull();
    expect(parseMessage(message({ type: 1, cmd: 'room.invoke', content: 'a' })).callInvite).toBeNull();
  });

  it('reads the end of a call between two people of a command', () => {
    const end = (cmd: string, param: object, changes: Partial<Message> = {}) =>
      parseMessage(
        message({ type: 99, cmd, param }, { syncOnce: true, fromUid: 'alice', channelType: 1, ...changes }),
      ).callEnd;
    expect(end('rtc.p2p.cancel', { uid: 'mallory' })).toEqual({ fromUid: 'alice', how: 'canceled' });
    for (const cmd of ['rtc.p2p.accept', 'rtc.p2p.refuse', 'rtc.p2p.hangup'])
      expect(end(cmd, {})).toEqual({ fromUid: 'alice', how: 'taken' });
    const server = { fromUid: '____system' };
    expect(end('rtc.p2p.accept', { from_uid: 'dave' }, server)).toEqual({ fromUid: 'dave', how: 'taken' });
    expect(end('rtc.p2p.invoke', {})).toBeNull();
    expect(end('rtc.p2p.cancel', {}, { channelType: 2, channelId: 'team' })).toBeNull();
    expect(parseMessage(message({ type: 1, cmd: 'rtc.p2p.cancel', content: 'a' })).callEnd).toBeNull();
  });

  it('reads the invitation to a call of a type that the operator names', () => {
    const invite = { type: 9990, call_id: 'c9', media: 'video' };
    expect(parseMessage(message(invite), { callTypes: [9990] }).callInvite).toEqual({
      callId: 'c9',
      fromUid: 'alice',
      media: 'video',
    });
    expect(parseMessage(message(invite)).callInvite).toBeNull();
    for (const callId of ['', 7, 'x'.repeat(257), null])
      expect(
        parseMessage(message({ type: 9990, call_id: callId }), { callTypes: [9990] }).callInvite,
      ).toMatchObject({
        callId: '2124457484096540672',
        media: 'voice',
      });
  });

  it('survives hostile JSON', () => {
    const nested = `${'{"type":1,"content":'.repeat(50_000)}1${'}'.repeat(50_000)}`;
    const lists = `{"type":1,"mention":${'['.repeat(100_000)}${']'.repeat(100_000)},"content":"a"}`;
    for (const payload of [
      nested,
      lists,
      `{"__proto__":{"type":1,"content":"a"},"type":2}`,
      `{"type":1e999}`,
      `{"type":-1}`,
    ])
      expect(() => parseMessage(message(payload))).not.toThrow();
    expect(gistOf({ type: 1, content: 'x'.repeat(5_000_000) })).toMatchObject({
      text: `${'x'.repeat(999)}…`,
    });
    expect(gistOf('{"type":1,"content":"a\\ud800b"}')).toEqual({ kind: 'text', text: 'ab' });
  });

  it('never throws, whatever the bytes', () => {
    let seed = 1;
    const random = () => (seed = (seed * 48271) % 0x7fffffff) / 0x7fffffff;
    const base = Buffer.from(
      JSON.stringify({ type: 1, content: 'héllo', mention: { uids: ['a'] }, visibles: ['b'], extra: [{}] }),
    );
    for (let round = 0; round < 3000; round += 1) {
      const bytes = Buffer.from(base);
      for (let flips = 0; flips < 4; flips += 1)
        bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
      expect(() =>
        parseMessage(message(bytes.subarray(0, Math.ceil(random() * bytes.length)))),
      ).not.toThrow();
    }
  });
});
