import { Agent } from 'node:https';
import http2 from 'node:http2';
import { connect } from 'node:tls';
import { Notification, Provider } from '@parse/node-apn';
import { initializeApp } from 'firebase-admin/app';
import { getMessaging, type Messaging, type TokenMessage } from 'firebase-admin/messaging';
import type { SdkCall, SdkOrder, SdkReport } from './sdk-messages';
import { transportCall } from './transport-calls';
import { byPackage, byRelay } from './web-push-calls';

/**
 * The vendors' and the community's senders, as their manuals use them, in a process of their own. firebase-admin knows
 * no other host than Google's, so its connections are led elsewhere.
 */
const perCall = 500;
/** node-apn: so many streams are open; `send` of firebase-admin: so many sockets. */
const concurrency = { apn: 500, fcm: 100 };

const { env } = process;
const apnsUrl = new URL(env['APNS_URL'] ?? '');
const fcmUrl = new URL(env['FCM_URL'] ?? '');

function createApn(): Provider {
  return new Provider({
    token: {
      key: env['APNS_KEY'] ?? '',
      keyId: env['APNS_KEY_ID'] ?? '',
      teamId: env['APNS_TEAM_ID'] ?? '',
    },
    production: true,
    address: apnsUrl.hostname,
    port: Number(apnsUrl.port),
  });
}

function createFcm(): Messaging {
  const target = { host: fcmUrl.hostname, port: Number(fcmUrl.port), servername: 'localhost' };
  const httpAgent = new Agent({ keepAlive: true });
  httpAgent.createConnection = () => connect({ ...target, ALPNProtocols: ['http/1.1'] });
  const connectHttp2 = http2.connect;
  const redirected: typeof connectHttp2 = (_url: unknown, options?: object) =>
    connectHttp2(fcmUrl, typeof options === 'object' ? options : {});
  Object.assign(http2, { connect: redirected });
  const getAccessToken = () => Promise.resolve({ access_token: `ya29.${'x'.repeat(200)}`, expires_in: 3600 });
  const app = initializeApp({ projectId: 'bench', credential: { getAccessToken }, httpAgent });
  return getMessaging(app);
}

function apnNotification(index: number): Notification {
  const note = new Notification();
  note.topic = env['APNS_TOPIC'] ?? '';
  note.alert = { title: 'alice', body: `shall we meet at eight? ${index}` };
  note.sound = 'default';
  note.threadId = '1:alice';
  note.pushType = 'alert';
  note.priority = 10;
  note.expiry = 1_795_950_560;
  note.collapseId = `m-${index}`;
  note.id = '5e0d2f10-0000-5000-8000-000000000000';
  note.payload = { wukongim: conversation(index) };
  return note;
}

function conversation(index: number): Record<string, string> {
  return {
    message_id: String(2_500_000_000_000_000_000n + BigInt(index)),
    message_seq: '17',
    client_msg_no: `${index}-5e0d2f10`,
    from_uid: 'alice',
    channel_id: 'alice',
    channel_type: '1',
    timestamp: '1795345760',
  };
}

function fcmMessage(index: number): TokenMessage {
  return {
    token: `c${String(index).padStart(63, '0')}:APA91b${'x'.repeat(90)}`,
    notification: { title: 'alice', body: `shall we meet at eight? ${index}` },
    data: conversation(index),
    android: { priority: 'high', ttl: 604_800_000, notification: { tag: `m-${index}` } },
  };
}

function apnToken(index: number): string {
  return index.toString(16).padStart(64, '0');
}

/** Path and identifier are made for each push, the body once: content is not what is measured here. */
function createTransport(): (index: number) => Promise<number> {
  const alert = { title: 'alice', body: 'shall we meet at eight?' };
  const aps = { alert, sound: 'default', 'thread-id': '1:alice' };
  const body = JSON.stringify({ aps, wukongim: conversation(0) });
  return transportCall(apnsUrl.origin, (index) => ({ path: `/3/device/${apnToken(index)}`, body }));
}

const apn = createApn();
const fcm = createFcm();
const transport = createTransport();

/** Resolves with how many failed. */
const calls: Readonly<Record<SdkCall, (index: number) => Promise<number>>> = {
  'apn-send': async (index) => (await apn.send(apnNotification(index), apnToken(index))).failed.length,
  'apn-many': async (index) => {
    const tokens = Array.from({ length: perCall }, (_, token) => apnToken(index + token));
    return (await apn.send(apnNotification(index), tokens)).failed.length;
  },
  'fcm-send': async (index) => {
    await fcm.send(fcmMessage(index));
    return 0;
  },
  'fcm-send-each': async (index) => {
    const messages = Array.from({ length: perCall }, (_, message) => fcmMessage(index + message));
    return (await fcm.sendEach(messages)).failureCount;
  },
  'transport-lean': transport,
  'webpush-package': byPackage(),
  'webpush-own': byRelay(),
};

async function run({ call, count }: SdkOrder): Promise<SdkReport> {
  const isMany = call === 'apn-many' || call === 'fcm-send-each';
  const step = isMany ? perCall : 1;
  const workers = isMany ? 1 : call === 'fcm-send' ? concurrency.fcm : concurrency.apn;
  const send = calls[call];
  let [next, failed] = [0, 0];
  const before = process.resourceUsage();
  const startedAt = performance.now();
  await Promise.all(
    Array.from({ length: workers }, async () => {
      while (next < count) {
        const index = next;
        next += step;
        failed += await send(index);
      }
    }),
  );
  const after = process.resourceUsage();
  const cpu = ({ userCPUTime, systemCPUTime }: NodeJS.ResourceUsage) => userCPUTime + systemCPUTime;
  return { cpuMicros: cpu(after) - cpu(before), tookMs: performance.now() - startedAt, failed };
}

process.on('message', (order: SdkOrder) => {
  void run(order).then((report) => process.send?.(report));
});
process.on('disconnect', () => process.exit());
process.send?.('ready');
