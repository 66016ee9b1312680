import type { Platform } from '../../domain/provider-table';
import type { Delivery, Notification } from '../../domain/notification';
import { FcmMessages } from './message';
import type { MessageStyle } from './message-texts';
import { sampleNotification } from '../../../test/helpers/sample-notification';

const now = 1_700_000_000_000;
const style: MessageStyle = {
  androidMode: 'notification',
  androidChannelId: 'wk_new_msg_notification',
  apnsTopic: 'com.example',
  dataStyle: 'nested',
  mutableContent: false,
};
const base: Notification = { ...sampleNotification, expiresAtMs: now + 3_600_000 };
const data = {
  message_id: '9223372036854775807',
  message_seq: '7',
  client_msg_no: 'c1',
  from_uid: 'alice',
  channel_id: 'alice',
  channel_type: '1',
  timestamp: '1700000000',
};

interface Built {
  message: {
    data: Record<string, string>;
    notification: { body: string };
    android: { ttl: string; notification: unknown };
    apns: { payload: { aps: unknown } };
    webpush: object;
  };
}

function build(
  notification: Notification,
  platform: Platform,
  badge: number | null = null,
  other = style,
): Built | null {
  const delivery: Delivery = {
    id: '00000000-0000-5000-8000-000000000001',
    uid: 'bob',
    deviceId: 'd',
    tokenKind: 'alert',
    token: 'tok:en_-1',
    platform,
    lane: 'production',
    badge,
  };
  const message = new FcmMessages(notification, other, now).of(platform, badge !== null);
  return message === null ? null : (JSON.parse(message.body(delivery, badge).toString()) as Built);
}

describe('FcmMessages', () => {
  it('gives Android a notification that the system shows', () => {
    expect(build(base, 'android', 3)).toEqual({
      message: {
        token: 'tok:en_-1',
        notification: { title: 'Alice', body: 'hello 你好' },
        data,
        android: {
          priority: 'HIGH',
          ttl: '3600s',
          notification: {
            tag: 'message-1',
            channel_id: 'wk_new_msg_notification',
            sound: 'default',
            notification_count: 3,
          },
        },
      },
    });
    const plain = build(
      { ...base, imageUrl: 'https://example.com/a.png', androidChannelId: 'calls' },
      'android',
    );
    expect(plain?.message.android.notification).toEqual({
      tag: 'message-1',
      channel_id: 'calls',
      sound: 'default',
      image: 'https://example.com/a.png',
    });
  });

  it('gives Android everything in data where the app shows it', () => {
    const other = { ...style, androidMode: 'data' } as const;
    expect(build({ ...base, subtitle: 'Team', data: { badge: 'x', k: 'v' } }, 'android', 4, other)).toEqual({
      message: {
        token: 'tok:en_-1',
        data: {
          ...data,
          k: 'v',
          title: 'Alice',
          subtitle: 'Team',
          body: 'hello 你好',
          sound: 'default',
          tag: 'message-1',
          badge: '4',
        },
        android: { priority: 'HIGH', ttl: '3600s' },
      },
    });
  });

  it('gives Android the subtitle in the line, for it has none', () => {
    expect(build({ ...base, subtitle: 'Bob' }, 'android')?.message.notification.body).toBe('Bob: hello 你好');
  });

  it('shows nothing in the background', () => {
    const background = { ...base, kind: 'background' } as const;
    expect(build(background, 'android', 2)).toEqual({
      message: {
        token: 'tok:en_-1',
        data: { ...data, badge: '2' },
        android: { priority: 'NORMAL', ttl: '3600s' },
      },
    });
    expect(build({ ...background, conversation: null }, 'android', 2)?.message.data).toEqual({ badge: '2' });
    expect(build({ ...background, conversation: null }, 'android')?.message.data).toEqual({});
    expect(build(background, 'web')?.message.webpush).not.toHaveProperty('notification');
  });

  it('gives an iOS device what APNs would give it', () => {
    const image = 'https://example.com/a.png';
    expect(build({ ...base, imageUrl: image }, 'ios', 5)).toEqual({
      message: {
        token: 'tok:en_-1',
        apns: {
          headers: {
            'apns-topic': 'com.example',
            'apns-push-type': 'alert',
            'apns-priority': '10',
            'apns-expiration': '1700003600',
            'apns-collapse-id': 'message-1',
            'apns-id': '00000000-0000-5000-8000-000000000001',
          },
          payload: {
            aps: {
              alert: { title: 'Alice', body: 'hello 你好' },
              badge: 5,
              sound: 'default',
              'thread-id': '1:alice',
              'mutable-content': 1,
            },
            wukongim: { ...data, message_seq: 7, channel_type: 1, timestamp: 1_700_000_000 },
            image_url: image,
          },
          fcm_options: { image },
        },
      },
    });
    expect(build(base, 'ios')?.message.apns.payload.aps).not.toHaveProperty('badge');
  });

  it('gives a browser its own block', () => {
    expect(build({ ...base, sound: null }, 'web', 5)).toEqual({
      message: {
        token: 'tok:en_-1',
        data,
        webpush: {
          headers: { TTL: '3600', Urgency: 'high', Topic: expect.stringMatching(/^[\w-]{32}$/) },
          notification: { title: 'Alice', body: 'hello 你好', tag: 'message-1', silent: true },
        },
      },
    });
  });

  it('says a life in whole seconds within the bounds of Google', () => {
    const ttl = (expiresAtMs: number | null) =>
      build({ ...base, expiresAtMs }, 'android')?.message.android.ttl as string;
    expect([null, now - 1, now, now + 1, now + 45_000, now + 1e12].map(ttl)).toEqual([
      '0s',
      '0s',
      '0s',
      '1s',
      '45s',
      '2419200s',
    ]);
  });

  it('leaves out the data keys for which Google refuses a message', () => {
    const hostile = {
      from: 'x',
      message_type: 'x',
      'google.a': 'x',
      'gcm.notification.b': 'x',
      message_id: 'x',
      ok: '1',
    };
    expect(build({ ...base, data: hostile }, 'android')?.message.data).toEqual({ ...data, ok: '1' });
  });

  it.each(['android', 'web', 'ios'] as const)('shortens a long body for %s', (platform) => {
    for (const other of [style, { ...style, androidMode: 'data' as const }]) {
      const message = build({ ...base, body: '你好👨‍👩‍👧‍👦'.repeat(900) }, platform, 1, other)?.message;
      const block = platform === 'ios' ? message?.apns.payload : message;
      const text = JSON.stringify(block).match(/[你好👨‍👩‍👧‍👦\u200d]+…/u)?.[0] ?? '';
      expect(Buffer.byteLength(text)).toBeGreaterThan(3000);
      expect(Buffer.byteLength(text)).toBeLessThan(4096);
    }
  });

  it('refuses what cannot be made to fit', () => {
    const large = { ...base, data: { blob: 'x'.repeat(4097) } };
    for (const platform of ['android', 'web', 'ios'] as const) expect(build(large, platform)).toBeNull();
    expect(build({ ...large, kind: 'background' }, 'android')).toBeNull();
    expect(build({ ...large, kind: 'background' }, 'web')).toBeNull();
  });
});
