import { toDirectPush } from '../../../src/api/direct-push';
import { pushSchema, type PushRequest } from '../../../src/api/schemas/push';
import { Catalogues } from '../../../src/content/catalogues';
import { MessageReader } from '../../../src/content/message-content';
import { Renderer } from '../../../src/delivery/plan/renderer';
import { DecodedEvents } from '../../../src/delivery/plan/decoded-event';
import { encodeBody } from '../../../src/domain/body';
import type { Device } from '../../../src/domain/device';
import type { Notification } from '../../../src/domain/notification';
import { ApnsPayloads } from '../../../src/providers/apns/payload';
import { FcmMessages } from '../../../src/providers/fcm/message';
import { seededRandom } from '../../kill/seeded-random';
import { plainSenders } from '../../helpers/content-rules';

const now = Date.UTC(2026, 0, 31, 12);
const reader = new MessageReader({
  types: {},
  unknown: 'neutral',
  callTypes: [],
  callCommands: [],
  ...plainSenders,
});
const longestChannelId = '漢'.repeat(85);
const styles = (['nested', 'flat'] as const).flatMap((dataStyle) =>
  [true, false].map((mutableContent) => ({ dataStyle, mutableContent })),
);
const random = seededRandom(20_260_131);
const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;
const upTo = (most: number) => Math.floor(random() * (most + 1));
const alphabets = ['a', '"', '\\', '漢', 'é', '😀', '👩‍👩‍👧‍👦', '\n', '<', '\u2028'];
const plain = ['a', '"', '\\', '漢', '😀'];

const text = (letters: readonly string[], length: number) => {
  const letter = pick(letters);
  return letter.repeat(Math.max(1, Math.floor(length / letter.length)));
};

/** Anything up to the limits of each field, most often at them. */
function aRequest(): unknown {
  const silent = random() < 0.2;
  const keys = Array.from({ length: upTo(4) }, (_, at) => `${at}${text(plain, 1 + upTo(250))}`);
  const values = random() < 0.5 ? 3584 : 1200;
  return {
    uids: ['漢'.repeat(85)],
    notification: {
      ...(random() < 0.8 ? { title: text(alphabets, pick([1, 3, 1024])) } : {}),
      ...(random() < 0.8 ? { body: text(alphabets, pick([1, 2, 4096])) } : {}),
      ...(random() < 0.9
        ? { data: Object.fromEntries(keys.map((key) => [key, text(plain, upTo(values))])) }
        : {}),
      ...(random() < 0.4 ? { image_url: `https://img.test/${'x'.repeat(upTo(2000))}` } : {}),
      ...(random() < 0.4 ? { sound: text(plain, 128) } : {}),
    },
    ...(random() < 0.5 ? { collapse_id: text(plain, pick([1, 16, 64])) } : {}),
    ...(silent ? { silent } : {}),
  };
}

/** The data grown to the last byte that the door takes. */
function atTheLimit(request: PushRequest): PushRequest {
  const grown = (length: number) => ({
    ...request,
    notification: { ...request.notification, data: { ...request.notification.data, z: 'x'.repeat(length) } },
  });
  let [fits, tooLong] = [0, 4096];
  while (tooLong - fits > 1) {
    const middle = Math.floor((fits + tooLong) / 2);
    if (pushSchema.safeParse(grown(middle)).success) fits = middle;
    else tooLong = middle;
  }
  return pushSchema.safeParse(grown(fits)).success ? grown(fits) : request;
}

function notificationOf(request: PushRequest): Notification {
  const id = '01J8Z3K0V4XXXXXXXXXXXXXXXX'.padEnd(36, 'X');
  const works = new DecodedEvents(
    { maxAgeMs: 6 * 3_600_000, ttlMs: 7 * 86_400_000, callTtlMs: 45_000 },
    reader,
  );
  const work = works.readOnce(id, encodeBody({ kind: 'push', push: toDirectPush(id, request) }), now);
  const names = { member: null, sender: null, avatarUrl: null, channel: null };
  return new Renderer(new Catalogues(), { locale: 'en', preview: 'full', apps: new Map() }).notificationFor(
    work,
    {} as Device,
    { uid: 'bob', devices: [], preferences: null, mute: null },
    'alert',
    names,
  );
}

/** The ways in which the notification cannot be sent. */
function refusals(notification: Notification): string[] {
  const ways: string[] = [];
  for (const style of styles) {
    for (const hasBadge of [true, false]) {
      const payload = new ApnsPayloads(notification, 'com.example.app', style).of('alert', hasBadge);
      const bytes = payload?.body(hasBadge ? 2 ** 31 - 1 : null).length ?? Infinity;
      if (bytes > 4096) ways.push(`apns ${style.dataStyle}`);
      for (const androidMode of ['notification', 'data'] as const) {
        const fcm = { ...style, androidMode, androidChannelId: longestChannelId, apnsTopic: null };
        for (const platform of ['android', 'ios', 'web'] as const) {
          if (new FcmMessages(notification, fcm, now).of(platform, hasBadge) === null)
            ways.push(`fcm ${platform} ${androidMode}`);
        }
      }
    }
  }
  return ways;
}

describe('what POST /v1/push takes', () => {
  it('can be sent to every platform, up to the last byte', () => {
    let [taken, refused] = [0, 0];
    for (let round = 0; round < 100; round += 1) {
      const read = pushSchema.safeParse(aRequest());
      if (!read.success) {
        refused += 1;
        continue;
      }
      taken += 1;
      for (const request of [read.data, atTheLimit(read.data)])
        expect({ ways: refusals(notificationOf(request)), request }).toEqual({ ways: [], request });
    }
    expect(taken).toBeGreaterThan(30);
    expect(refused).toBeGreaterThan(3);
  });
});
