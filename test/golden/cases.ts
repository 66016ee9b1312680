/** One message of WuKongIM, of which the file of this name beside this one shows what phones get. */
export interface GoldenCase {
  readonly name: string;
  readonly from: string;
  /** `carol` has the default preview, `sven` the preview `sender`, `nora` the preview `none`. `bella` has a badge. */
  readonly to: 'carol' | 'sven' | 'nora' | 'bella';
  readonly channelType: number;
  /** Of a group; the recipient's uid is that of a person channel. */
  readonly channelId?: string;
  readonly setting?: number;
  /** A text is sent as it is: it is no JSON. */
  readonly payload: object | string;
  /** So many unread messages of the conversation came before, and each replaces the notification of the one before it. */
  readonly unreadBefore?: number;
  /** Not a message: what the app server tells by `POST /v1/users/{uid}/read`. */
  readonly read?: object;
}

/** What POST /v1/calls tells, of which the file of this name shows what phones get. */
export interface GoldenCall {
  readonly name: string;
  /** Phones of `vera` have a VoIP token. */
  readonly to: 'vera' | 'carol' | 'nora';
  readonly type: 'invite' | 'cancel' | 'answered';
  readonly media: 'voice' | 'video';
}

type Rest = Partial<Omit<GoldenCase, 'name' | 'payload'>>;

const person = (name: string, payload: object | string, rest: Rest = {}): GoldenCase => ({
  name,
  from: 'alice',
  to: 'carol',
  channelType: 1,
  payload,
  ...rest,
});

const group = (name: string, payload: object | string, rest: Rest = {}): GoldenCase =>
  person(name, payload, { channelType: 2, channelId: 'team', ...rest });

const text = { type: 1, content: 'See you at six' };
const invited = {
  type: 1002,
  content: '{0} invited {1}',
  extra: [
    { uid: 'dave', name: 'Dave' },
    { uid: 'carol', name: 'Carol' },
  ],
};
const call = { type: 9989, content: '通话时长 01:20' };

/** The names of people and groups that the relay knows. */
export const names = {
  users: { alice: 'Alice', nasser: 'ناصر', zoe: 'Zoe' },
  groups: { team: 'Team' },
} as const;
export const avatars: Readonly<Record<string, string>> = { zoe: 'https://img.example.com/zoe.png' };
/** What `carol` calls them, and what they are called in the group `team`. */
export const aliases: Readonly<Record<string, string>> = { dina: 'Sis' };
export const members: Readonly<Record<string, string>> = { zoe: 'Captain Zoe', dina: 'Dina D.' };

export const goldenYaml = `
badge: { mode: given }
content:
  image_hosts: [img.example.com]
  data_fields: [order.id]
  clear_on_read: true
  types:
    101:
      text: { en: 'Red packet: {greeting}', zh-CN: '[红包] {greeting}', ru: 'Конверт: {greeting}', ar: 'ظرف: {greeting}' }
      priority: normal
      android_channel_id: money
`;

/** For what comes after unread messages of its conversation. */
export const replacingYaml = goldenYaml
  .replace('mode: given', 'mode: count')
  .replace('content:', 'content:\n  collapse: conversation');

export const goldenCases: readonly GoldenCase[] = [
  person('text', text),
  person('text-sender-preview', text, { to: 'sven' }),
  person('text-no-preview', text, { to: 'nora' }),
  person('text-badge', text, { to: 'bella' }),
  person('text-avatar', text, { from: 'zoe' }),
  person('text-avatar-no-preview', text, { from: 'zoe', to: 'nora' }),
  group('text-group-member-name', text, { from: 'zoe' }),
  group('text-group-alias', text, { from: 'dina' }),
  person('image-of-a-trusted-host', { type: 2, url: 'https://img.example.com/1.jpg' }),
  person(
    'image-of-a-trusted-host-sender-preview',
    { type: 2, url: 'https://img.example.com/1.jpg' },
    { to: 'sven' },
  ),
  group('system-forged', { type: 1000, content: 'Your account was locked' }),
  person('text-unknown-sender', text, { from: 'a-stranger' }),
  group('text-group', text),
  group('text-group-sender-preview', text, { to: 'sven' }),
  group('text-group-no-preview', text, { to: 'nora' }),
  group('text-group-unknown-sender', text, { from: 'a-stranger' }),
  group('text-group-unknown-group', text, { channelId: 'unknown-group' }),
  group('text-group-right-to-left-name', text, { from: 'nasser' }),
  group('text-group-right-to-left', { type: 1, content: 'أراك في السادسة!' }),
  group('text-mention-you', { ...text, mention: { uids: ['carol'] } }),
  group('text-mention-you-sender-preview', { ...text, mention: { uids: ['sven'] } }, { to: 'sven' }),
  group('text-mention-all', { ...text, mention: { all: 1 } }),
  person('image', { type: 2, url: 'https://files.example.com/1.png', width: 640, height: 480 }),
  person('image-caption', { type: 2, url: 'https://files.example.com/1.png', content: 'Sunset' }),
  person('gif', { type: 3, url: 'https://files.example.com/1.gif' }),
  person('voice', { type: 4, url: 'https://files.example.com/1.amr', timeTrad: 12, waveform: 'AAEC' }),
  group('voice-group', { type: 4, url: 'https://files.example.com/1.amr', timeTrad: 12 }),
  person('video', { type: 5, url: 'https://files.example.com/1.mp4', second: 4805 }),
  person('location', { type: 6, title: 'Cafe Central', address: 'Herrengasse 14' }),
  person('card', { type: 7, uid: 'dave', name: 'Dave', vercode: 'abc123@1' }),
  person('file', { type: 8, url: 'https://files.example.com/q3', name: 'Q3 report.pdf' }),
  person('forward-person', {
    type: 11,
    channel_type: 1,
    users: [
      { uid: 'alice', name: 'Alice' },
      { uid: 'dave', name: 'Dave' },
    ],
    msgs: [{ message_id: '1', from_uid: 'alice', payload: { type: 1, content: 'secret' } }],
  }),
  person('forward-group', { type: 11, channel_type: 2, users: [{ uid: 'alice', name: 'Alice' }], msgs: [] }),
  person('sticker', { type: 12, url: 'https://files.example.com/s', content: '[Smile]' }),
  person('sticker-emoji', {
    type: 13,
    url: 'https://files.example.com/s',
    content: '[捂脸]',
    placeholder: '<svg viewBox="0 0 512 512"><path d="M438 230z"/></svg>',
  }),
  person('rich-text', {
    type: 14,
    content: [
      { type: 'text', text: 'Look at ' },
      { type: 'text', text: 'this' },
    ],
  }),
  person('invitation', { type: 16, content: 'x' }),
  group('system-you', invited, { from: '____system' }),
  group('system-chinese', { ...invited, content: '{0}邀请{1}加入群聊' }, { from: '____system' }),
  group('system-others', { ...invited, extra: [{ name: 'Dave' }, { name: 'Eve' }] }, { from: '____system' }),
  group('system-sender-preview', invited, { from: '____system', to: 'sven' }),
  group('recall', { type: 1006, content: '{0}撤回了一条消息', extra: [{ uid: 'alice', name: 'Alice' }] }),
  group(
    'recall-unknown-sender',
    { type: 1006, content: '{0}撤回了一条消息', extra: [{ uid: 'a-stranger', name: 'The Bank' }] },
    { from: 'a-stranger' },
  ),
  person('recall-person', { type: 1006, content: '{0}撤回了一条消息' }),
  person('recall-by-id', { type: 1006, message_id: '2124460212696813568' }),
  person('recall-by-id-no-preview', { type: 1006, message_id: '2124460212696813569' }, { to: 'nora' }),
  person('data-fields', { ...text, order: { id: 42, secret: 'x' } }),
  person('data-fields-sender-preview', { ...text, order: { id: 42 } }, { to: 'sven' }),
  { ...group('read', {}), read: { channel_type: 2, channel_id: 'team', up_to_seq: 41 } },
  person('customer-service', { type: 1200, content: '' }),
  person('tip', { type: 2000, content: 'Beware of scams' }),
  group('tip-group', { type: 2000, content: 'Your account was locked' }, { from: 'a-stranger' }),
  person('call-voice', { ...call, call_type: 0, result_type: 1, second: 80 }),
  person('call-video', { ...call, call_type: 1, result_type: 1, second: 80 }),
  person('call-missed', { ...call, call_type: 0, result_type: 2 }),
  person('call-video-missed', { ...call, call_type: 1, result_type: 2 }),
  person('call-canceled', { ...call, call_type: 0, result_type: 0 }),
  person('call-declined', { ...call, call_type: 0, result_type: 3 }),
  person('type-of-the-app', { type: 101, greeting: 'Good luck', amount: 8 }),
  person('type-of-the-app-without-its-field', { type: 101 }),
  person('type-of-the-app-no-preview', { type: 101, greeting: 'Good luck' }, { to: 'nora' }),
  person('unknown-type', { type: 57, content: 'secret' }),
  group('unknown-type-group', { type: 57, content: 'secret' }),
  person('content-error', { type: 97, content: 'secret' }),
  person('signal-error', { type: 98, content: 'secret' }),
  person('not-json', 'just plain text'),
  person('several', text, { unreadBefore: 2 }),
  group('several-group', text, { unreadBefore: 1 }),
  group('several-group-sender-preview', text, { to: 'sven', unreadBefore: 4 }),
  group(
    'several-mention-you-sender-preview',
    { ...text, mention: { uids: ['sven'] } },
    { to: 'sven', unreadBefore: 4 },
  ),
  person('several-no-preview', text, { to: 'nora', unreadBefore: 20 }),
  person('ciphertext', 'MwohBQ0m1cVrN2v6h+6b', { setting: 0x20 }),
];

export const goldenCalls: readonly GoldenCall[] = [
  { name: 'ring-voice', to: 'vera', type: 'invite', media: 'voice' },
  { name: 'ring-voice-shown', to: 'carol', type: 'invite', media: 'voice' },
  { name: 'ring-video', to: 'vera', type: 'invite', media: 'video' },
  { name: 'ring-no-preview', to: 'nora', type: 'invite', media: 'voice' },
  { name: 'ring-canceled', to: 'vera', type: 'cancel', media: 'voice' },
  { name: 'ring-canceled-shown', to: 'carol', type: 'cancel', media: 'video' },
  { name: 'ring-answered', to: 'vera', type: 'answered', media: 'voice' },
  { name: 'ring-answered-shown', to: 'carol', type: 'answered', media: 'voice' },
];
