import type { Message } from '../domain/message';
import { parseMessage } from './message-content';
import { renderNotification, type RenderInput } from './render-notification';

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

function render(payload: object | string, changes: Partial<Message> = {}, input: Partial<RenderInput> = {}) {
  const one = message(payload, changes);
  return renderNotification({
    message: one,
    content: parseMessage(one),
    locale: 'en',
    preview: 'full',
    mention: 'none',
    senderName: 'Alice',
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
        channelType: 1,
        timestampSeconds: 1795345109,
      },
      data: {},
      priority: 'high',
      expiresAtMs: 5000,
    });
  });

  it('says in a group who speaks', () => {
    expect(words(hello, group)).toEqual(['Team', 'Alice: hello']);
    expect(words(hello, group, { locale: 'zh-Hans', channelName: '团队' })).toEqual(['团队', 'Alice：hello']);
    expect(render(hello, group)).toMatchObject({
      threadId: '2:g-team',
      conversation: { channelId: 'g-team' },
    });
  });

  it('never shows a uid where a name is missing', () => {
    expect(words(hello, {}, { senderName: null })).toEqual(['New message', 'hello']);
    expect(words(hello, {}, { senderName: '\u202e ', locale: 'zh-Hans' })).toEqual(['新消息', 'hello']);
    expect(words(hello, group, { senderName: null, channelName: null })).toEqual(['Group chat', 'hello']);
    expect(words(hello, group, { channelName: null })).toEqual(['Group chat', 'Alice: hello']);
    expect(words(hello, { fromUid: '____system' }, { senderName: null })).toEqual([
      'System message',
      'hello',
    ]);
  });

  it("takes the app's own title where it has one", () => {
    expect(words(hello, {}, { senderName: null, defaultTitle: 'Acme Chat' })).toEqual(['Acme Chat', 'hello']);
    expect(words(hello, {}, { preview: 'none', defaultTitle: 'Acme Chat' })).toEqual([
      'Acme Chat',
      'You have a new message',
    ]);
    expect(words(hello, {}, { senderName: null, defaultTitle: ' ' })).toEqual(['New message', 'hello']);
  });

  it('takes the sender as the title of a talk with a visitor or an agent', () => {
    for (const channelType of [3, 10, 11]) {
      expect(words(hello, { channelId: 'v', channelType })).toEqual(['Alice', 'hello']);
      expect(words(hello, { channelId: 'v', channelType }, { channelName: 'Support' })).toEqual([
        'Support',
        'Alice: hello',
      ]);
    }
  });

  it.each([
    [{ type: 2, url: 'u' }, '[Image]', '[图片]'],
    [{ type: 3 }, '[GIF]', '[GIF]'],
    [{ type: 4 }, '[Voice message]', '[语音]'],
    [{ type: 5 }, '[Video]', '[视频]'],
    [{ type: 6 }, '[Location]', '[位置]'],
    [{ type: 7, name: 'Dave' }, '[Contact card] Dave', '[名片] Dave'],
    [{ type: 8, name: 'Q3 report.pdf' }, '[File] Q3 report.pdf', '[文件] Q3 report.pdf'],
    [{ type: 11 }, '[Chat history]', '[聊天记录]'],
    [{ type: 12 }, '[Sticker]', '[动画表情]'],
    [{ type: 13 }, '[Emoji]', '[表情]'],
    [{ type: 14 }, '[Rich text]', '[富文本]'],
    [{ type: 16 }, '[Invitation]', '[邀请]'],
    [{ type: 9989 }, '[Call]', '[通话]'],
    [{ type: 57 }, '[New message]', '[新消息]'],
    ['not JSON', '[New message]', '[新消息]'],
  ])('labels %j', (payload, english, chinese) => {
    expect(render(payload).body).toBe(english);
    expect(render(payload, {}, { locale: 'zh-Hans' }).body).toBe(chinese);
    expect(render(payload, group).body).toBe(`Alice: ${english}`);
  });

  it('fills the names into a system message, which nobody says', () => {
    const joined = {
      type: 1002,
      content: '{0} invited {1} and {2}',
      extra: [{ name: 'Dave' }, { name: '{0}' }],
    };
    expect(words(joined, group)).toEqual(['Team', 'Dave invited {0} and Someone']);
    expect(words(joined, {}, { senderName: null })).toEqual([
      'System message',
      'Dave invited {0} and Someone',
    ]);
  });

  it('tells a mention in a group, not between two', () => {
    expect(words(hello, group, { mention: 'me' })).toEqual(['Team', '[You were mentioned] Alice: hello']);
    expect(words(hello, group, { mention: 'all', locale: 'zh-Hans' })).toEqual([
      'Team',
      '[@所有人] Alice：hello',
    ]);
    expect(words(hello, group, { mention: 'me', preview: 'sender' })).toEqual([
      'Team',
      '[You were mentioned] Alice sent a message',
    ]);
    expect(words(hello, {}, { mention: 'me' })).toEqual(['Alice', 'hello']);
  });

  it('says who but not what', () => {
    expect(words(hello, {}, { preview: 'sender' })).toEqual(['Alice', 'You have a new message']);
    expect(words(hello, group, { preview: 'sender' })).toEqual(['Team', 'Alice sent a message']);
    expect(words({ type: 8, name: 'secret.pdf' }, group, { preview: 'sender', senderName: null })).toEqual([
      'Team',
      'You have a new message',
    ]);
    expect(words({ type: 1002, content: 'secret' }, group, { preview: 'sender' })).toEqual([
      'Team',
      'You have a new message',
    ]);
  });

  it('says neither who nor what', () => {
    for (const [payload, changes] of [
      [hello, {}],
      [hello, group],
      [{ type: 1002, content: 'secret' }, group],
    ] as const) {
      const rendered = render(payload, changes, { preview: 'none', mention: 'me' });
      expect([rendered.title, rendered.subtitle, rendered.body]).toEqual([
        'New message',
        null,
        'You have a new message',
      ]);
      expect(JSON.stringify(rendered)).not.toMatch(/Alice|Team|hello|secret/);
    }
  });

  it('does not let a name rewrite the notification', () => {
    expect(words(hello, group, { senderName: 'Bo\u202eb\nCarol: hi', channelName: 'T\u2067\r\nX' })).toEqual([
      'T X',
      'Bob Carol: hi: hello',
    ]);
  });

  it('keeps a right-to-left name from reordering the line', () => {
    expect(words(hello, group, { senderName: 'דנה' })).toEqual(['Team', '\u2068דנה\u2069: hello']);
    expect(words(hello, {}, { senderName: 'דנה' })).toEqual(['דנה', 'hello']);
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

  it('takes sound and Android channel from the app', () => {
    expect(render(hello, {}, { sound: null, androidChannelId: 'chat' })).toMatchObject({
      sound: null,
      androidChannelId: 'chat',
    });
  });
});
