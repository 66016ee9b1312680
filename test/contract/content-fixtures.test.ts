import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isVisibleTo, mentionOf } from '../../src/content/audience';
import { Catalogues } from '../../src/content/catalogues';
import { MessageReader } from '../../src/content/message-content';
import { renderNotification } from '../../src/content/render-notification';
import type { Message } from '../../src/domain/message';
import { plainSenders } from '../helpers/content-rules';

const catalogues = new Catalogues();
const reader = new MessageReader({
  types: {},
  unknown: 'neutral',
  callTypes: [],
  callCommands: ['rtc.p2p.invoke'],
  ...plainSenders,
});
const parseMessage = (message: Message) => reader.read(message);
const fixtures = join(__dirname, '../fixtures/wukongim');

/** Only what content/ looks at; the webhook's own tests read the rest. */
function messageOf(file: string): Message {
  const recorded = JSON.parse(readFileSync(join(fixtures, file), 'utf8'));
  const body = JSON.parse(recorded.body);
  return {
    messageId: body.message_idstr,
    messageSeq: body.message_seq,
    clientMsgNo: body.client_msg_no,
    fromUid: body.from_uid,
    channelId: body.channel_id,
    channelType: body.channel_type,
    topic: body.topic ?? '',
    setting: body.setting,
    noPersist: body.header.no_persist === 1,
    redDot: body.header.red_dot === 1,
    syncOnce: body.header.sync_once === 1,
    expireSeconds: body.expire,
    timestampSeconds: body.timestamp,
    payload: body.payload,
  };
}

function bodyFor(file: string, locale: 'en' | 'zh-CN'): string | null {
  const message = messageOf(file);
  return renderNotification({
    message,
    content: parseMessage(message),
    catalogue: catalogues.of(locale),
    reader: null,
    displayName: null,
    preview: 'full',
    mention: 'none',
    senderName: 'Alice',
    senderAvatarUrl: null,
    channelName: 'Team',
    expiresAtMs: null,
  }).body;
}

const offline = ['v2', 'main'].flatMap((dialect) =>
  readdirSync(join(fixtures, dialect))
    .map((name) => `${dialect}/${name}`)
    .filter((file) => JSON.parse(readFileSync(join(fixtures, file), 'utf8')).event === 'msg.offline'),
);

describe('the recorded messages', () => {
  it.each(offline)('%s renders in each language', (file) => {
    expect(bodyFor(file, 'en')).toMatch(/\S/);
    expect(bodyFor(file, 'zh-CN')).toMatch(/\S/);
  });

  it.each([
    ['v2/person-text.json', 'Hello Carol, are you there?', 'Hello Carol, are you there?'],
    ['main/person-cjk-emoji.json', '今晚七点见 🎉👨‍👩‍👧‍👦 — rtl ñ', '今晚七点见 🎉👨‍👩‍👧‍👦 — rtl ñ'],
    ['v2/person-reply.json', 'Yes, at six', 'Yes, at six'],
    ['v2/person-image.json', 'Photo', '图片'],
    ['v2/person-voice.json', 'Voice message · 0:13', '语音 · 0:13'],
    ['v2/person-video.json', 'Video · 0:21', '视频 · 0:21'],
    ['v2/person-card.json', 'Contact card · Dave', '名片 · Dave'],
    ['v2/person-file.json', 'File · Q3 report.pdf', '文件 · Q3 report.pdf'],
    ['v2/person-merged-forward.json', 'Group chat history', '群聊的聊天记录'],
    ['v2/person-call-result.json', 'Video call · 1:20', '视频通话 · 1:20'],
    ['v2/person-system-sender.json', 'New message', '新消息'],
    ['v2/person-unknown-type.json', 'New message', '新消息'],
    ['v2/person-payload-not-json.json', 'New message', '新消息'],
    ['main/person-client-signal.json', 'New message', '新消息'],
    ['v2/group-three-client.json', 'Alice: hello team', 'Alice：hello team'],
    ['v2/channel-visitors.json', 'Alice: help me', 'Alice：help me'],
  ])('%s says what was sent', (file, english, chinese) => {
    expect(bodyFor(file, 'en')).toBe(english);
    expect(bodyFor(file, 'zh-CN')).toBe(chinese);
  });

  it('shows a message with visibles only to them', () => {
    for (const dialect of ['v2', 'main']) {
      const content = parseMessage(messageOf(`${dialect}/group-visibles.json`));
      expect(['carol', 'dave'].map((uid) => isVisibleTo(content, uid))).toEqual([true, false]);
    }
  });

  it('tells who is mentioned', () => {
    const named = parseMessage(messageOf('main/group-mention-uids.json'));
    expect(['carol', 'dave'].map((uid) => mentionOf(named, uid))).toEqual(['me', 'none']);
    expect(mentionOf(parseMessage(messageOf('v2/group-mention-all.json')), 'dave')).toBe('all');
  });

  it('knows exactly the commands', () => {
    const commands = offline.filter((file) => parseMessage(messageOf(file)).command !== null);
    expect(commands.sort()).toEqual([
      'v2/cmd-subscribers.json',
      'v2/group-sync-once.json',
      'v2/person-sync-once-call-invite.json',
      'v2/person-sync-once-cmd.json',
    ]);
    expect(commands.filter((file) => parseMessage(messageOf(file)).callInvite !== null)).toEqual([
      'v2/person-sync-once-call-invite.json',
    ]);
  });
});
