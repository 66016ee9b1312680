import { createHash } from 'node:crypto';
import type { Message } from '../domain/message';
import { Catalogues } from './catalogues';
import { namedReader } from './gist-text';
import { MessageReader } from './message-content';
import { renderNotification, type RenderInput } from './render-notification';
import { plainSenders } from '../../test/helpers/content-rules';

const message = (payload: object | string, changes: Partial<Message> = {}): Message => ({
  messageId: '2124457484096540672',
  messageSeq: 7,
  clientMsgNo: 'c1',
  fromUid: '0f8fad5bd9cb469fa16570867728950e',
  channelId: 'carol',
  channelType: 1,
  topic: '',
  setting: 0,
  noPersist: false,
  redDot: true,
  syncOnce: false,
  expireSeconds: 0,
  timestampSeconds: 1795345109,
  payload: Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload)).toString('base64'),
  ...changes,
});

const hello = { type: 1, content: 'hello' };
const group = { channelId: 'g-team', channelType: 2 };

const catalogues = new Catalogues();
const types = {
  101: {
    text: { en: 'Red packet: {greeting}', 'zh-CN': '红包：{greeting}', ar: 'ظرف: {greeting}' },
    isPushed: true,
    priority: 'normal',
    androidChannelId: 'money',
  },
} as const;
const reader = new MessageReader({
  types,
  unknown: 'neutral',
  callTypes: [],
  callCommands: [],
  ...plainSenders,
});

const fromServer = { fromUid: '____system' };

type Changes = Partial<RenderInput> & { readonly locale?: string; readonly uid?: string };

function render(payload: object | string, changes: Partial<Message> = {}, input: Changes = {}) {
  const one = message(payload, changes);
  const content = reader.read(one);
  return renderNotification({
    message: one,
    content,
    catalogue: catalogues.of(input.locale ?? 'en'),
    preview: 'full',
    mention: 'none',
    reader: namedReader(content, input.uid ?? 'carol'),
    displayName: null,
    senderName: 'Alice',
    senderAvatarUrl: null,
    channelName: changes.channelType === 2 ? 'Team' : null,
    expiresAtMs: 5000,
    ...input,
  });
}

const words = (...args: Parameters<typeof render>) => {
  const { title, body } = render(...args);
  return [title, body];
};

describe('renderNotification', () => {
  it('lets the preview none tell nobody which conversation it is, but those who know it', () => {
    const { conversation, threadId } = render(hello, {}, { preview: 'none' });
    const digest = createHash('sha256').update('1:0f8fad5bd9cb469fa16570867728950e').digest();
    const hash = digest.subarray(0, 16).toString('base64url');
    expect(threadId).toBe(hash);
    expect(conversation).toMatchObject({ fromUid: null, channelId: null, conversationHash: hash });
  });

  it('renders a message of a person whole', () => {
    expect(render(hello)).toEqual({
      kind: 'alert',
      title: 'Alice',
      subtitle: null,
      body: 'hello',
      imageUrl: null,
      sound: 'default',
      threadId: '1:0f8fad5bd9cb469fa16570867728950e',
      collapseId: '2124457484096540672',
      androidChannelId: null,
      conversation: {
        messageId: '2124457484096540672',
        messageSeq: 7,
        clientMsgNo: 'c1',
        fromUid: '0f8fad5bd9cb469fa16570867728950e',
        channelId: '0f8fad5bd9cb469fa16570867728950e',
        conversationHash: null,
        channelType: 1,
        timestampSeconds: 1795345109,
        senderName: 'Alice',
        avatarUrl: null,
        imageUrl: null,
        kind: 'message',
        type: 1,
        mention: 'none',
        fields: null,
        ciphertext: null,
      },
      parts: { sender: 'Alice', group: null, text: 'hello' },
      read: null,
      call: null,
      category: 'message',
      level: 'normal',
      wakesApp: false,
      data: {},
      priority: 'high',
      expiresAtMs: 5000,
    });
  });

  it('says in a group who speaks', () => {
    expect(words(hello, group)).toEqual(['Team', 'Alice: hello']);
    expect(words(hello, group, { locale: 'zh-CN', channelName: '团队' })).toEqual(['团队', 'Alice：hello']);
    expect(render(hello, group)).toMatchObject({
      threadId: '2:g-team',
      conversation: { channelId: 'g-team' },
    });
  });

  it('never shows a uid where a name is missing', () => {
    expect(words(hello, {}, { senderName: null })).toEqual(['New message', 'hello']);
    expect(words(hello, {}, { senderName: '\u202e ', locale: 'zh-CN' })).toEqual(['新消息', 'hello']);
    expect(words(hello, group, { senderName: null, channelName: null })).toEqual([
      'Group chat',
      'Someone: hello',
    ]);
    expect(words(hello, { ...group, fromUid: '____system' }, { senderName: null })).toEqual([
      'Team',
      'hello',
    ]);
    expect(words(hello, group, { channelName: null })).toEqual(['Group chat', 'Alice: hello']);
    expect(words(hello, { fromUid: '____system' }, { senderName: null })).toEqual([
      'System message',
      'hello',
    ]);
  });

  it("takes the app's own name as the title where no other is known", () => {
    const displayName = 'Acme Chat';
    expect(words(hello, {}, { senderName: null, displayName })).toEqual(['Acme Chat', 'hello']);
    expect(words(hello, {}, { preview: 'none', displayName })).toEqual(['Acme Chat', 'New message']);
    expect(words(hello, group, { channelName: null, displayName })).toEqual(['Group chat', 'Alice: hello']);
  });

  it('says once that there is a new message', () => {
    expect(words('not JSON', {}, { senderName: null })).toEqual([null, 'New message']);
    expect(words('not JSON', {}, { senderName: null, displayName: 'Acme' })).toEqual(['Acme', 'New message']);
    expect(words('not JSON', group, { senderName: null })).toEqual(['Team', 'New message']);
  });

  it('takes the sender as the title of a talk with a visitor or an agent', () => {
    for (const channelType of [3, 6, 10, 11]) {
      expect(words(hello, { channelId: 'v', channelType })).toEqual(['Alice', 'hello']);
      expect(words(hello, { channelId: 'v', channelType }, { channelName: 'Support' })).toEqual([
        'Support',
        'Alice: hello',
      ]);
      expect(
        words(hello, { channelId: 'v', channelType }, { channelName: 'News', senderName: null }),
      ).toEqual(['News', 'hello']);
    }
  });

  it('says of a channel of many that has no name that it is one', () => {
    for (const channelType of [2, 4, 5, 7, 8, 9, 12])
      expect(words(hello, { channelId: 'c', channelType }, { channelName: null })).toEqual([
        'Group chat',
        'Alice: hello',
      ]);
  });

  it.each([
    [{ type: 2, url: 'u' }, 'Photo', '图片'],
    [{ type: 2, content: 'Sunset' }, 'Photo · Sunset', '图片 · Sunset'],
    [{ type: 4, timeTrad: 12 }, 'Voice message · 0:12', '语音 · 0:12'],
    [{ type: 8, name: 'Q3 report.pdf' }, 'File · Q3 report.pdf', '文件 · Q3 report.pdf'],
    [{ type: 11, users: [{ name: 'Dave' }] }, 'Chat history of Dave', 'Dave的聊天记录'],
    [
      { type: 11, users: [{ name: 'Dave' }, { name: 'Eve' }] },
      'Chat history of Dave and Eve',
      'Dave和Eve的聊天记录',
    ],
    [{ type: 11, channel_type: 2 }, 'Group chat history', '群聊的聊天记录'],
    [{ type: 11 }, 'Chat history', '聊天记录'],
    [{ type: 13, content: '[Smile]' }, 'Sticker · Smile', '表情 · Smile'],
    [{ type: 9989, call_type: 1, result_type: 2 }, 'Missed video call', '未接视频通话'],
    [{ type: 101, greeting: 'Good luck' }, 'Red packet: Good luck', '红包：Good luck'],
  ])('says what %j is', (payload, english, chinese) => {
    expect(render(payload).body).toBe(english);
    expect(render(payload, {}, { locale: 'zh-CN' }).body).toBe(chinese);
    expect(render(payload, group).body).toBe(`Alice: ${english}`);
  });

  it.each([{ type: 57, content: 'x' }, 'not JSON', { type: 101 }, { type: 1, content: '' }])(
    'says of %j only that there is a message',
    (payload) => {
      expect(words(payload)).toEqual(['Alice', 'New message']);
      expect(words(payload, {}, { locale: 'zh-CN' })).toEqual(['Alice', '新消息']);
      expect(words(payload, group)).toEqual(['Team', 'Alice sent a message']);
      expect(words(payload, group, { mention: 'me' })).toEqual(['Team', 'Alice mentioned you']);
    },
  );

  it("takes the operator's words in the nearest language, and what else there is to say of a type", () => {
    const packet = { type: 101, greeting: 'Good luck' };
    expect(render(packet, {}, { locale: 'zh-TW' }).body).toBe('红包：Good luck');
    expect(render(packet, {}, { locale: 'fr' }).body).toBe('Red packet: Good luck');
    expect(render(packet, {}, { locale: 'ar' }).body).toBe('ظرف: \u2068Good luck\u2069');
    expect(render(packet)).toMatchObject({ priority: 'normal', androidChannelId: 'money' });
    expect(render(hello)).toMatchObject({ priority: 'high', androidChannelId: null });
  });

  it('fills the names into a system message, which nobody says', () => {
    const joined = {
      type: 1002,
      content: '{0} invited {1} and {2}',
      extra: [{ name: 'Dave' }, { name: '{0}' }],
    };
    expect(words(joined, { ...group, ...fromServer })).toEqual(['Team', 'Dave invited {0} and Someone']);
    expect(words(joined, fromServer, { senderName: null })).toEqual([
      'System message',
      'Dave invited {0} and Someone',
    ]);
  });

  it('calls the reader of a system message "you"', () => {
    const extra = [
      { uid: 'dave', name: 'Dave' },
      { uid: 'carol', name: 'Carol' },
    ];
    const invited = { type: 1002, content: '{0} invited {1}', extra };
    expect(render(invited, { ...group, ...fromServer }, { uid: 'carol' }).body).toBe('Dave invited you');
    expect(render(invited, { ...group, ...fromServer }, { uid: 'dave' }).body).toBe('You invited Carol');
    expect(render(invited, { ...group, ...fromServer }, { uid: 'eve' }).body).toBe('Dave invited Carol');
    const chinese = { ...invited, content: '{0}邀请{1}加入群聊' };
    for (const locale of ['zh-CN', 'en', 'ja', 'ar'])
      expect(render(chinese, { ...group, ...fromServer }, { uid: 'carol', locale }).body).toBe(
        'Dave邀请你加入群聊',
      );
    for (const locale of ['en', 'zh-CN', 'ru'])
      expect(render(invited, { ...group, ...fromServer }, { uid: 'carol', locale }).body).toBe(
        'Dave invited you',
      );
    expect(render(invited, { ...group, ...fromServer }, { uid: 'carol', locale: 'vi' }).body).toBe(
      'Dave invited bạn',
    );
  });

  it('says who recalled a message', () => {
    const recalled = { type: 1006, content: '{0}撤回了一条消息', extra: [{ uid: 'a', name: 'Al' }] };
    expect(words(recalled)).toEqual(['Alice', 'Message recalled']);
    expect(words(recalled, group)).toEqual(['Team', 'Alice recalled a message']);
    // Whoever recalls writes the payload, and could sign with any name.
    expect(words(recalled, group, { senderName: null })).toEqual(['Team', 'Someone recalled a message']);
    expect(words(recalled, {}, { preview: 'none' })).toEqual([null, 'Message recalled']);
    expect(words(recalled, group, { locale: 'zh-CN' })).toEqual(['Team', 'Alice 撤回了一条消息']);
  });

  it('shows what a person calls a system message as a message without text', () => {
    const forged = { type: 1002, content: 'Your account was locked' };
    expect(words(forged, group)).toEqual(['Team', 'Alice sent a message']);
    expect(words(forged)).toEqual(['Alice', 'New message']);
  });

  it.each([1200, 1201, 1202, 2000])('says who sent words of type %i, unless it was the server', (type) => {
    const tip = { type, content: 'Your account was locked' };
    expect(words(tip, group)).toEqual(['Team', 'Alice: Your account was locked']);
    expect(words(tip, group, { senderName: null })).toEqual(['Team', 'Someone: Your account was locked']);
    expect(words(tip, group, { preview: 'sender' })).toEqual(['Team', 'Alice sent a message']);
    expect(words(tip, {}, { senderName: null })).toEqual(['New message', 'Your account was locked']);
    const server = { senderName: null };
    expect(words(tip, { ...group, ...fromServer }, server)).toEqual(['Team', 'Your account was locked']);
    expect(words(tip, fromServer, server)).toEqual(['System message', 'Your account was locked']);
  });

  it('chooses the Android channel of a type only for a phone that may tell the type', () => {
    const packet = { type: 101, greeting: 'Luck' };
    const channelOf = (preview: 'full' | 'sender' | 'none') =>
      render(packet, {}, { preview }).androidChannelId;
    expect([channelOf('full'), channelOf('sender'), channelOf('none')]).toEqual(['money', 'money', null]);
  });

  it('gives the app name and pictures, as far as the preview allows', () => {
    const avatar = 'https://img.test/alice.png';
    const pictures = (preview: 'full' | 'sender' | 'none', url = avatar) => {
      const one = message({ type: 2, url: 'https://img.test/photo.png' }, {});
      const content = { ...reader.read(one), imageUrl: 'https://img.test/photo.png' };
      const { imageUrl, conversation } = render(hello, {}, { content, preview, senderAvatarUrl: url });
      const { senderName, avatarUrl, imageUrl: image } = conversation ?? {};
      expect(image).toBe(imageUrl);
      return [senderName, avatarUrl, imageUrl];
    };
    expect(pictures('full')).toEqual(['Alice', avatar, 'https://img.test/photo.png']);
    expect(pictures('sender')).toEqual(['Alice', avatar, null]);
    expect(pictures('none')).toEqual([null, null, null]);
    expect(pictures('full', `https://img.test/${'x'.repeat(800)}`)[1]).toBeNull();
  });

  it("shows the payload's name of the sender where there is no other", () => {
    const content = { ...reader.read(message(hello, group)), senderName: 'Al' };
    expect(words(hello, group, { content, senderName: null })).toEqual(['Team', 'Al: hello']);
    expect(words(hello, group, { content })).toEqual(['Team', 'Alice: hello']);
  });

  it('tells a mention in a group, not between two', () => {
    expect(words(hello, group, { mention: 'me' })).toEqual(['Team', 'Alice mentioned you: hello']);
    expect(words(hello, group, { mention: 'all', locale: 'zh-CN' })).toEqual([
      'Team',
      '[@所有人] Alice：hello',
    ]);
    expect(words(hello, group, { mention: 'me', preview: 'sender' })).toEqual([
      'Team',
      'Alice mentioned you',
    ]);
    expect(words(hello, {}, { mention: 'me' })).toEqual(['Alice', 'hello']);
  });

  it('says who but not what', () => {
    expect(words(hello, {}, { preview: 'sender' })).toEqual(['Alice', 'New message']);
    expect(words(hello, group, { preview: 'sender' })).toEqual(['Team', 'Alice sent a message']);
    expect(words({ type: 8, name: 'secret.pdf' }, group, { preview: 'sender', senderName: null })).toEqual([
      'Team',
      'New message',
    ]);
    expect(words(hello, group, { preview: 'sender', senderName: null, mention: 'me' })).toEqual([
      'Team',
      'Someone mentioned you',
    ]);
    expect(
      words({ type: 1002, content: 'secret' }, { ...group, ...fromServer }, { preview: 'sender' }),
    ).toEqual(['Team', 'New message']);
  });

  it('says neither who nor what', () => {
    for (const [payload, changes] of [
      [hello, {}],
      [hello, group],
      [
        { type: 1002, content: 'secret' },
        { ...group, ...fromServer },
      ],
    ] as const) {
      const rendered = render(payload, changes, { preview: 'none', mention: 'me' });
      expect([rendered.title, rendered.subtitle, rendered.body]).toEqual([null, null, 'New message']);
      expect(JSON.stringify(rendered)).not.toMatch(/Alice|Team|hello|secret/);
    }
  });

  it('does not let a name rewrite the notification', () => {
    expect(words(hello, group, { senderName: 'Bo\u202eb\nCarol: hi', channelName: 'T\u2067\r\nX' })).toEqual([
      'T X',
      'Bob Carol: hi: hello',
    ]);
  });

  it('keeps names and lines of different directions from reordering each other', () => {
    const isolated = (name: string) => `\u2068${name}\u2069`;
    expect(words(hello, group, { senderName: 'דנה' })).toEqual(['Team', `${isolated('דנה')}: hello`]);
    expect(words(hello, {}, { senderName: 'דנה' })).toEqual(['דנה', 'hello']);
    expect(render({ type: 1, content: 'שלום!' }, group).body).toBe(`${isolated('Alice')}: שלום!`);
    const arabic = { locale: 'ar' };
    expect(render(hello, group, arabic).body).toBe(`${isolated('Alice')}: hello`);
    expect(render(hello, group, { ...arabic, mention: 'me' }).body).toBe(
      `إشارة إليك من ${isolated('Alice')}: hello`,
    );
    expect(render({ type: 8, name: 'a.pdf' }, {}, arabic).body).toBe(`ملف · ${isolated('a.pdf')}`);
    expect(render({ type: 4, timeTrad: 12 }, {}, arabic).body).toBe('رسالة صوتية · 0:12');
    expect(render({ type: 7, name: 'דנה' }).body).toBe(`Contact card · ${isolated('דנה')}`);
  });

  it('bounds title and body', () => {
    const { title, body } = render({ type: 1, content: '汉'.repeat(100_000) }, group, {
      senderName: 'n'.repeat(500),
      channelName: '名'.repeat(500),
    });
    expect(title).toHaveLength(80);
    expect(body?.length).toBeLessThanOrEqual(1062);
    expect(body?.endsWith('…')).toBe(true);
  });

  it('keeps emoji whole at the cut', () => {
    const { body } = render({ type: 1, content: '👨‍👩‍👧‍👦'.repeat(500) });
    expect(body).toBe(`${'👨‍👩‍👧‍👦'.repeat(90)}…`);
  });

  it('hashes a message id that is longer than a collapse id may be', () => {
    const long = render(hello, { messageId: '9'.repeat(65) }).collapseId ?? '';
    expect(Buffer.byteLength(long)).toBeLessThanOrEqual(64);
    expect(long).not.toBe(render(hello, { messageId: '8'.repeat(65) }).collapseId);
    expect(render(hello, { messageId: '9'.repeat(64) }).collapseId).toBe('9'.repeat(64));
  });
});
