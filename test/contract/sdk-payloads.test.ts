import { Notification as SdkNotification } from '@parse/node-apn';
import { systemClock } from '../../src/domain/clock';
import { silentLogger } from '../../src/domain/logger';
import type { Delivery, Notification } from '../../src/domain/notification';
import type { FcmOptions } from '../../src/providers/fcm/options';
import { createFcmProvider } from '../../src/providers/fcm/provider';
import { SdkFcmSender } from '../../src/providers/fcm/sdk-sender';
import { appleHeaders } from '../../src/providers/wire/apple-headers';
import { applePayload } from '../../src/providers/wire/apple-payload';
import { startSandbox, type Sandbox } from '../../src/sandbox/sandbox';
import { createHttp2Client } from '../../src/transport/http2-client';
import { notification, sendAll } from './provider-suite';

const conversation = {
  message_id: '9223372036854775807',
  message_seq: 7,
  client_msg_no: 'c1',
  from_uid: 'alice',
  channel_id: 'alice',
  channel_type: 1,
  timestamp: 1_700_000_000,
};

const rich: Notification = {
  ...notification,
  subtitle: 'Team',
  imageUrl: 'https://example.com/a.png',
  androidChannelId: 'chat',
  data: { order: '17' },
};

describe('payloads beside those of the SDKs', () => {
  it.each<[string, Notification, number | null, (sdk: SdkNotification) => void]>([
    ['a message', notification, 3, (sdk) => (sdk.badge = 3)],
    ['no badge', notification, null, () => {}],
    [
      'an image, a subtitle and data of the app server',
      rich,
      0,
      (sdk) => {
        sdk.badge = 0;
        sdk.alert = { title: 'Alice', subtitle: 'Team', body: rich.body ?? '' };
        sdk.mutableContent = true;
        sdk.payload = { order: '17', wukongim: conversation, image_url: rich.imageUrl };
      },
    ],
    [
      'silence',
      { ...notification, sound: null, priority: 'normal' },
      null,
      (sdk) => {
        delete sdk.aps.sound;
        sdk.priority = 5;
      },
    ],
  ])('APNs: %s', (_, what, badge, change) => {
    const sdk = new SdkNotification();
    sdk.topic = 'com.example.chat';
    sdk.pushType = 'alert';
    sdk.priority = 10;
    sdk.expiry = Math.floor((what.expiresAtMs ?? 0) / 1000);
    sdk.collapseId = 'message-1';
    sdk.alert = { title: 'Alice', body: what.body ?? '' };
    sdk.sound = 'default';
    sdk.threadId = '1:alice';
    sdk.payload = { wukongim: conversation };
    change(sdk);
    const style = { dataStyle: 'nested', mutableContent: false } as const;
    const texts = applePayload(what, 'alert', badge !== null, style) ?? [];
    expect(JSON.parse(texts.join(String(badge)))).toEqual(JSON.parse(JSON.stringify(sdk)));
    const { priority, expiry, collapseId, topic, pushType } = sdk;
    expect(appleHeaders(what, 'alert', badge !== null, 'com.example.chat')).toEqual({
      'apns-push-type': pushType,
      'apns-priority': String(priority),
      'apns-expiration': String(expiry),
      'apns-topic': topic,
      'apns-collapse-id': collapseId,
    });
  });

  describe('FCM', () => {
    let sandbox: Sandbox;

    beforeAll(async () => {
      sandbox = await startSandbox();
    });

    afterAll(() => sandbox.close());

    const deliveries = (['android', 'ios', 'web'] as const).flatMap((platform) =>
      [null, 5].map((badge, index): Delivery => ({
        id: `5e0d2f10-0000-5000-8000-00000000000${index}`,
        uid: 'u',
        deviceId: 'd',
        tokenKind: 'alert',
        token: `${platform}-${index}`,
        platform,
        lane: 'production',
        badge,
      })),
    );

    async function sent(
      options: FcmOptions,
      client: 'relay' | 'sdk',
      what: Notification,
    ): Promise<unknown[]> {
      sandbox.reset();
      const base = { clock: systemClock, logger: silentLogger };
      const context = {
        ...base,
        createClient: (of: Parameters<typeof createHttp2Client>[0]) => createHttp2Client(of, base),
      };
      const provider = createFcmProvider(
        options,
        context,
        ...(client === 'sdk' ? [await SdkFcmSender.create(options, base)] : []),
      );
      const outcomes = await sendAll(provider, deliveries, what);
      expect(new Set(outcomes.map(({ kind }) => kind))).toEqual(new Set(['accepted']));
      await provider.close(0);
      return sandbox.fcm.accepted
        .map(({ message }) => comparable(message))
        .sort((a, b) => String(a['token']).localeCompare(String(b['token'])));
    }

    it.each<[string, Partial<FcmOptions>, Notification]>([
      ['a message', {}, rich],
      ['what the app shows itself', { androidMode: 'data' }, rich],
      ['a background push', {}, { ...rich, kind: 'background' }],
    ])('%s is the same through firebase-admin', async (_, change, what) => {
      const { client_email, private_key, private_key_id, token_uri, project_id } =
        sandbox.credentials.serviceAccount;
      const options: FcmOptions = {
        app: 'default',
        projectId: project_id,
        credential: {
          kind: 'service_account',
          account: {
            clientEmail: client_email,
            privateKey: private_key,
            privateKeyId: private_key_id,
            tokenUri: token_uri,
          },
          tokenProxyUrl: null,
        },
        url: sandbox.fcm.url,
        proxyUrl: null,
        androidMode: 'notification',
        androidChannelId: null,
        apnsTopic: 'com.example.chat',
        dataStyle: 'nested',
        mutableContent: false,
        connections: { min: 1, max: 4 },
        timeoutMs: 60_000,
        ca: sandbox.caPem,
        ...change,
      };
      const byRelay = await sent(options, 'relay', what);
      expect(byRelay).toHaveLength(deliveries.length);
      expect(await sent(options, 'sdk', what)).toEqual(byRelay);
    });
  });
});

/**
 * Seconds to live are counted when a message is made. Google takes a priority in capitals, its own form, and in small letters, the
 * SDK's.
 */
function comparable(message: unknown): Record<string, unknown> {
  const text = JSON.stringify(message)
    .replace(/"(ttl|TTL)":"\d+(s?)"/g, '"$1":"_$2"')
    .replace(/"priority":"(HIGH|NORMAL)"/g, (text) => text.toLowerCase());
  return JSON.parse(text) as Record<string, unknown>;
}
