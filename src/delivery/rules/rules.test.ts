import { MessageReader } from '../../content/message-content';
import type { CallAction, DirectPush, WorkBody } from '../../domain/body';
import type { Device } from '../../domain/device';
import type { Message } from '../../domain/message';
import type { Mute, Preferences, Recipient } from '../../domain/people';
import { addressOf } from './device-address';
import { createMessageRules, type SkipOptions } from './message-rules';
import { recipientRules } from './recipient-rules';
import { judge, type MessageFacts } from './rule';
import { plainSenders } from '../../../test/helpers/content-rules';

const now = { wallMs: 1_000, certainMs: 1_000 };
const reader = new MessageReader({
  types: {},
  unknown: 'neutral',
  callTypes: [],
  callCommands: [],
  ...plainSenders,
});
const dayMs = 86_400_000;

function messageOf(payload: object, changes: Partial<MessageFacts> = {}): MessageFacts {
  const message = {
    fromUid: 'alice',
    channelId: 'team',
    channelType: 2,
    setting: 0,
    noPersist: false,
    redDot: true,
    syncOnce: false,
    payload: Buffer.from(JSON.stringify(payload)).toString('base64'),
  } as Message;
  return {
    body: { kind: 'message', message },
    content: reader.read(message),
    call: null,
    receivedAtMs: 1_000,
    deadlineMs: 2_000,
    ...changes,
  };
}

function pushOf(push: Partial<DirectPush>): MessageFacts {
  return {
    body: { kind: 'push', push: push as DirectPush },
    content: null,
    call: null,
    receivedAtMs: 1_000,
    deadlineMs: 2_000,
  };
}

function aDevice(changes: Partial<Device> = {}): Device {
  const base = { uid: 'bob', deviceId: 'phone', app: 'default', token: 'alert', voipToken: 'voip' };
  return { ...base, suspendedUntilMs: null, ...changes } as Device;
}

const invite = { callId: 'c', action: 'invite', fromUid: 'alice', media: 'voice', endsAtMs: 2_000 } as const;
const skipAll: SkipOptions = { noPersist: true, noRedDot: true, commands: true, channelTypes: [7, 8, 9] };
const skipNone: SkipOptions = { noPersist: false, noRedDot: false, commands: false, channelTypes: [] };
const messageRules = createMessageRules(skipAll);

function headed(payload: object, changes: Partial<Message>): MessageFacts {
  const { body } = messageOf(payload);
  const message = { ...(body.kind === 'message' ? body.message : ({} as Message)), ...changes };
  return { ...messageOf(payload), body: { kind: 'message', message }, content: reader.read(message) };
}

describe('what is pushed to nobody', () => {
  it.each([
    ['a message that is not stored', headed({ type: 1 }, { noPersist: true }), 'noPersist', 'not_persisted'],
    ['a message without a red dot', headed({ type: 1 }, { redDot: false }), 'noRedDot', 'not_pushed_type'],
    ['a command', headed({ type: 99, cmd: 'x' }, { redDot: false }), 'commands', 'command'],
    [
      'a message of a data channel',
      headed({ type: 1 }, { channelType: 7 }),
      'channelTypes',
      'not_pushed_type',
    ],
    ['a message of a live room', headed({ type: 1 }, { channelType: 9 }), 'channelTypes', 'not_pushed_type'],
  ] as const)('is %s, unless the operator wants it', (_, message, key, verdict) => {
    expect(judge(messageRules, message, 'bob', now)).toBe(verdict);
    expect(judge(createMessageRules({ ...skipNone, [key]: skipAll[key] }), message, 'bob', now)).toBe(
      verdict,
    );
    expect(judge(createMessageRules({ ...skipAll, [key]: skipNone[key] }), message, 'bob', now)).toBe('send');
  });

  it('asks neither header nor channel type of a call', () => {
    const message = headed(
      { type: 99, cmd: 'room.invoke' },
      { noPersist: true, redDot: false, channelType: 8 },
    );
    expect(judge(messageRules, message, 'bob', now)).toBe('command');
    expect(judge(messageRules, { ...message, call: invite }, 'bob', now)).toBe('send');
  });
});

describe('the end of a call by a command', () => {
  it('is stopped by nothing that the operator does not want pushed', () => {
    const dropping = new MessageReader({
      types: {},
      unknown: 'drop',
      callTypes: [],
      callCommands: [],
      ...plainSenders,
    });
    const header = { channelType: 1, channelId: 'bob', noPersist: true, redDot: false };
    const { body } = headed({ type: 99, cmd: 'rtc.p2p.cancel', param: {} }, header);
    if (body.kind !== 'message') throw new Error(body.kind);
    const facts = { ...messageOf({}), body, content: dropping.read(body.message) };
    expect(judge(createMessageRules({ ...skipAll, channelTypes: [1] }), facts, 'bob', now)).toBe('send');
  });
});

describe('rules of a message', () => {
  const text = messageOf({ type: 1, content: 'hello' });
  it.each([
    ['another member', text, 'bob', 'send'],
    ['the sender', text, 'alice', 'sender'],
    ['one whom it is not visible to', messageOf({ type: 1, visibles: ['carol'] }), 'bob', 'hidden'],
    ['anybody, when it is a command', messageOf({ type: 99, cmd: 'x' }), 'bob', 'command'],
    ['anybody, when its time is over', { ...text, deadlineMs: 1_000 }, 'bob', 'expired'],
    ['anybody, as a push of the app server’s own', pushOf({ app: null }), 'alice', 'send'],
  ])('judge %s', (_, message, uid, verdict) => {
    expect(judge(messageRules, message, uid, now)).toBe(verdict);
  });

  it('doubt no deadline by a clock that nobody believes', () => {
    const doubtful = { wallMs: 5_000, certainMs: Number.NEGATIVE_INFINITY };
    expect(judge(messageRules, text, 'bob', doubtful)).toBe('send');
  });
});

describe('rules of a recipient', () => {
  const text = messageOf({ type: 1 });
  const toMe = messageOf({ type: 1, mention: { uids: ['bob'] } });
  const toAll = messageOf({ type: 1, mention: { all: 1 } });

  it('leave out who has no device', () => {
    expect(judge(recipientRules, text, bob({ devices: [] }), now)).toBe('no_device');
    expect(judge(recipientRules, text, bob({}), now)).toBe('send');
  });

  it.each([
    ['for good', mute({}), text, 'muted'],
    ['until later', mute({ untilMs: 1_001 }), text, 'muted'],
    ['until the message came', mute({ untilMs: 1_000 }), text, 'send'],
    ['for mentions, too', mute({}), toMe, 'muted'],
    ['but for mentions, of a text', mute({ allowMentions: true }), text, 'muted'],
    ['but for mentions, of the reader', mute({ allowMentions: true }), toMe, 'send'],
    ['but for mentions, of all', mute({ allowMentions: true }), toAll, 'send'],
  ])('obey a conversation muted %s', (_, muted, message, verdict) => {
    expect(judge(recipientRules, message, bob({ mute: muted }), now)).toBe(verdict);
  });

  it.each([
    ['a text', text, 1_001, 'muted'],
    ['a mention', toMe, 1_001, 'muted'],
    ['what came as it ended', text, 1_000, 'send'],
    ['a push of the app server’s own', pushOf({}), 1_001, 'send'],
    ['a push that respects it', pushOf({ respectPreferences: true }), 1_001, 'muted'],
    ['a call', callOf('invite'), 1_001, 'muted'],
  ])('let a user who muted all get %s or not', (_, message, mutedUntilMs, verdict) => {
    const recipient = bob({ preferences: preferences({ mutedUntilMs }) });
    expect(judge(recipientRules, message, recipient, now)).toBe(verdict);
    // What came while it was muted is not pushed late.
    expect(judge(recipientRules, message, recipient, { wallMs: 9_000, certainMs: 9_000 })).toBe(verdict);
  });

  it('let a call ring for a user who muted all only where the quiet hours allow calls', () => {
    const quietHours = { start: '22:00', end: '07:00', timezone: null, days: null, allowMentions: false };
    const muted = (allowCalls: boolean) =>
      bob({ preferences: preferences({ mutedUntilMs: 2_000, quietHours: { ...quietHours, allowCalls } }) });
    for (const message of [callOf('invite'), callOf('cancel')]) {
      expect(judge(recipientRules, message, muted(true), now)).toBe('send');
      expect(judge(recipientRules, message, muted(false), now)).toBe('muted');
    }
    expect(judge(recipientRules, text, muted(true), now)).toBe('muted');
  });
});

describe('rules of a call', () => {
  it('let it ring where the conversation is muted', () => {
    expect(judge(recipientRules, callOf('invite'), bob({ mute: mute({}) }), now)).toBe('send');
  });

  const invite = messageOf({ type: 99, cmd: 'rtc.p2p.invoke' });

  it('let a command ring that invites to one, but not for who calls', () => {
    expect(judge(messageRules, invite, 'bob', now)).toBe('command');
    const rings = { ...invite, call: callOf('invite').call };
    expect(judge(messageRules, rings, 'bob', now)).toBe('send');
    expect(judge(messageRules, rings, 'alice', now)).toBe('sender');
    expect(judge(messageRules, callOf('invite'), 'alice', now)).toBe('sender');
  });

  it('send invitations by the VoIP token, where there is one, and nothing else', () => {
    const phone = aDevice();
    expect(addressOf(callOf('invite'), phone, null, now, dayMs)).toMatchObject({ tokenKind: 'voip' });
    expect(addressOf(callOf('invite'), aDevice({ voipToken: null }), null, now, dayMs)).toMatchObject({
      tokenKind: 'alert',
    });
    for (const action of ['cancel', 'answered'] as const) {
      expect(addressOf(callOf(action), phone, null, now, dayMs)).toMatchObject({ tokenKind: 'alert' });
      expect(addressOf(callOf(action), aDevice({ token: null }), null, now, dayMs)).toBe('no_device');
    }
  });
});

function callOf(action: CallAction): MessageFacts {
  const call = { callId: 'c', action, fromUid: 'alice', media: 'voice', endsAtMs: 2_000 } as const;
  const body = { kind: 'call', call: { id: 'i' } } as WorkBody;
  return { body, content: null, call, receivedAtMs: 1_000, deadlineMs: 2_000 };
}

function bob(changes: Partial<Recipient>): Recipient {
  return { uid: 'bob', devices: [aDevice()], preferences: null, mute: null, ...changes };
}

function preferences(changes: Partial<Preferences>): Preferences {
  const nothing = { locale: null, preview: null, mutedUntilMs: null };
  return { ...nothing, silenceWhileOnline: null, quietHours: null, ...changes };
}

function mute(changes: Partial<Mute>): Mute {
  return { channelType: 2, channelId: 'team', untilMs: null, allowMentions: false, ...changes };
}

describe('the address of a device', () => {
  const text = messageOf({ type: 1 });
  const replay = (deviceId: string): MessageFacts => ({
    ...text,
    body: { ...text.body, replay: { deadLetterId: 'd', only: [{ uid: 'bob', deviceId }] } },
  });

  it('is its alert token, or the one that an earlier attempt went to', () => {
    expect(addressOf(text, aDevice(), null, now, dayMs)).toEqual({
      tokenKind: 'alert',
      token: 'alert',
    });
    expect(addressOf(text, aDevice(), 'voip', now, dayMs)).toMatchObject({
      tokenKind: 'voip',
      token: 'voip',
    });
  });

  it.each([
    ['it has no such token', text, aDevice({ token: null }), 'no_device'],
    [
      'it is a browser, and the push tells what was read',
      pushOf({ app: null, read: { channelType: 2, channelId: 'team', upToSeq: 3 } }),
      aDevice({ platform: 'web' }),
      'no_device',
    ],
    ['a push is for another app', pushOf({ app: 'other' }), aDevice(), 'no_device'],
    ['a replay is for another device', replay('tablet'), aDevice(), 'no_device'],
    ['it is suspended', text, aDevice({ suspendedUntilMs: 2_000 }), 'suspended'],
  ])('is none where %s', (_, message, device, reason) => {
    expect(addressOf(message, device, null, now, dayMs)).toBe(reason);
  });

  it('takes no suspension for true that a wrong clock has set', () => {
    const device = aDevice({ suspendedUntilMs: 2 * dayMs });
    expect(addressOf(text, device, null, now, dayMs)).toMatchObject({ token: 'alert' });
    expect(addressOf(replay('phone'), device, null, now, dayMs)).toMatchObject({ token: 'alert' });
  });
});
