import { call, path } from '../request';

interface CastPhone {
  readonly uid: string;
  readonly deviceId: string;
  readonly registration: {
    readonly provider: string;
    readonly token: string;
    readonly locale: string;
    readonly model: string;
  };
}

/** Device tokens only have to look like ones: the sandbox takes them all. */
const cast: readonly CastPhone[] = [
  {
    uid: 'carol',
    deviceId: 'carols-iphone',
    registration: { provider: 'apns', token: 'ca401'.padEnd(64, '0'), locale: 'en', model: 'iPhone' },
  },
  {
    uid: 'carol',
    deviceId: 'carols-android',
    registration: { provider: 'fcm', token: 'sandbox-token-of-carol', locale: 'zh-CN', model: 'Android' },
  },
  {
    uid: 'bob',
    deviceId: 'bobs-iphone',
    registration: { provider: 'apns', token: 'b0b'.padEnd(64, '0'), locale: 'en', model: 'iPhone' },
  },
];

export const castUids = ['carol', 'bob'];

/** Registers the phones over the REST API, as an app does. */
export async function setUpCast(): Promise<void> {
  await call('POST', '/v1/profiles', {
    users: [
      { uid: 'alice', name: 'Alice' },
      { uid: 'carol', name: 'Carol' },
      { uid: 'bob', name: 'Bob' },
    ],
    channels: [{ channel_type: 2, channel_id: 'the-team', name: 'The team' }],
  });
  for (const { uid, deviceId, registration } of cast)
    await call('PUT', path`/v1/users/${uid}/devices/${deviceId}`, registration);
}

export type RecipientName = 'carol' | 'bob' | 'team';
export type MessageKind = 'text' | 'mention' | 'image' | 'voice';

/** Sends it through the webhook; resolves with the message's id. */
export async function sendFromAlice(to: RecipientName, kind: MessageKind, text: string): Promise<string> {
  const isTeam = to === 'team';
  const { message_id: id } = await call<{ message_id: string }>('POST', '/dashboard/phones/messages', {
    from_uid: 'alice',
    to_uids: isTeam ? castUids : [to],
    channel_id: isTeam ? 'the-team' : to,
    channel_type: isTeam ? 2 : 1,
    payload: payloadOf(kind, text),
  });
  return id;
}

function payloadOf(kind: MessageKind, text: string): object {
  switch (kind) {
    case 'text':
      return { type: 1, content: text };
    case 'mention':
      return { type: 1, content: `@Carol ${text}`, mention: { uids: ['carol'] } };
    case 'image':
      return { type: 2, url: 'https://example.com/picture.jpg', width: 640, height: 480, caption: text };
    case 'voice':
      return { type: 4, url: 'https://example.com/voice.amr', timeTrad: 7 };
    default:
      return kind satisfies never;
  }
}
