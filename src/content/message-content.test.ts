import type { Message } from '../domain/message';
import { isVisibleTo } from './audience';
import { parseMessage } from './message-content';

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

const gistOf = (payload: string | Buffer | object) => parseMessage(message(payload)).gist;
const neutral = { kind: 'label', label: 'message', detail: null };

describe('parseMessage', () => {
  it('reads a text', () => {
    const content = parseMessage(message({ type: 1, content: '  hello \n' }));
    expect(content).toMatchObject({ type: 1, encrypted: false, command: null, isCallInvite: false });
    expect(content.gist).toEqual({ kind: 'text', text: 'hello' });
  });

  it('reads the text of a reply, not what it replies to', () => {
    const reply = { from_name: 'Carol', payload: { type: 1, content: 'Dinner?' } };
    expect(gistOf({ type: 1, content: 'Yes', reply })).toEqual({ kind: 'text', text: 'Yes' });
  });

  it.each([
    [2, 'image'],
    [3, 'gif'],
    [4, 'voice'],
    [5, 'video'],
    [6, 'location'],
    [11, 'forward'],
    [12, 'sticker'],
    [13, 'emoji'],
    [16, 'invite'],
  ])('knows type %d as %s, and shows none of its fields', (type, label) => {
    expect(gistOf({ type, content: 'x', url: 'https://x' })).toEqual({ kind: 'label', label, detail: null });
  });

  it('names the person of a card and the file of a file', () => {
    expect(gistOf({ type: 7, name: 'Dave' })).toEqual({ kind: 'label', label: 'card', detail: 'Dave' });
    expect(gistOf({ type: 8, name: 'a\u202efdp.exe' })).toEqual({
      kind: 'label',
      label: 'file',
      detail: 'afdp.exe',
    });
    expect(gistOf({ type: 8, name: 5 })).toEqual({ kind: 'label', label: 'file', detail: null });
  });

  it('reads system messages, tips and hotline messages with their names', () => {
    expect(gistOf({ type: 1003, content: '{0} joined', extra: [{ uid: 'dave', name: 'Dave' }] })).toEqual({
      kind: 'system',
      text: '{0} joined',
      names: ['Dave'],
    });
    expect(gistOf({ type: 2000, content: 'tip' })).toEqual({ kind: 'system', text: 'tip', names: [] });
    expect(gistOf({ type: 1200, content: '' })).toEqual({ kind: 'label', label: 'hotline', detail: null });
    expect(gistOf({ type: 1006 })).toEqual({ kind: 'label', label: 'system', detail: null });
    expect(gistOf({ type: 2000 })).toEqual({ kind: 'label', label: 'tip', detail: null });
  });

  it('shows no text where nobody can tell whom it is to be hidden from', () => {
    const label = { kind: 'label', label: 'message', detail: null };
    expect(gistOf({ type: 1, content: 'secret', visibles: { carol: 1 } })).toEqual(label);
    expect(gistOf({ type: 8, name: 'secret.pdf', invisibles: 7 })).toEqual(label);
    expect(gistOf({ type: 1, content: 'hello', visibles: {} })).toEqual({ kind: 'text', text: 'hello' });
  });

  it('reads at most twenty names, and no broken ones', () => {
    const extra = [null, 5, { name: 7 }, ...Array.from({ length: 500 }, (_, i) => ({ name: `n${i}` }))];
    const gist = gistOf({ type: 1002, content: '{0}{3}', extra });
    expect(gist).toMatchObject({
      names: [null, null, null, 'n0', ...Array.from({ length: 16 }, (_, i) => `n${i + 1}`)],
    });
  });

  it('reads rich text and the result of a call', () => {
    expect(gistOf({ type: 14, content: [{ type: 'text', text: 'hi' }] })).toEqual({
      kind: 'text',
      text: 'hi',
    });
    expect(gistOf({ type: 14 })).toEqual({ kind: 'label', label: 'richText', detail: null });
    expect(gistOf({ type: 9989, content: '通话时长 01:20' })).toEqual({
      kind: 'label',
      label: 'call',
      detail: '通话时长 01:20',
    });
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
    expect(content.isCallInvite).toBe(false);
  });

  it('recognises the invitation to a call, and only as a command', () => {
    for (const cmd of ['room.invoke', 'rtc.p2p.invoke'])
      expect(parseMessage(message({ type: 99, cmd, param: {} }, { syncOnce: true }))).toMatchObject({
        isCallInvite: true,
      });
    expect(parseMessage(message({ type: 1, cmd: 'room.invoke', content: 'a' }))).toMatchObject({
      isCallInvite: false,
      command: null,
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
