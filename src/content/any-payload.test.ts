import { isUtf8 } from 'node:buffer';
import fc from 'fast-check';
import type { Message } from '../domain/message';
import type { Notification } from '../domain/notification';
import { ApnsPayloads } from '../providers/apns/payload';
import { FcmMessages } from '../providers/fcm/message';
import { mentionOf } from './audience';
import { Catalogues, shippedTexts } from './catalogues';
import { namedReader } from './gist-text';
import { MessageReader } from './message-content';
import { renderNotification, renderSummary } from './render-notification';

// The same values each time; other seeds find more.
fc.configureGlobal({ seed: 20_261_129 });

const catalogues = new Catalogues();
const reader = new MessageReader({
  types: {
    101: {
      text: { en: '{content}: {user.name}', ar: 'ظرف {content}' },
      isPushed: true,
      priority: 'high',
      androidChannelId: null,
    },
  },
  unknown: 'neutral',
  callTypes: [],
  callCommands: [],
  systemUids: ['____system'],
  trustPayloadNames: true,
  imageHosts: ['img.test'],
});
const types = [
  1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 13, 14, 16, 57, 97, 98, 101, 1000, 1002, 1006, 1200, 2000, 9989,
];

/** Any UTF-16 units: lone surrogates, control characters and those of direction are among them. */
const anyUnits = fc
  .array(
    fc.oneof(fc.integer({ min: 0, max: 0xffff }), fc.constantFrom(0xd800, 0x202e, 0x2067, 0, 0x22, 0x301)),
  )
  .map((units) => String.fromCharCode(...units));
const text = fc.oneof(
  anyUnits,
  fc.string({ unit: 'grapheme', maxLength: 80 }),
  fc.constantFrom(
    '👨‍👩‍👧‍👦'.repeat(200),
    '漢'.repeat(5000),
    '\u0001'.repeat(3000),
    '"'.repeat(5000),
    '{0} {1} {2}',
    'م'.repeat(2000),
  ),
);
const value = fc.oneof(
  { weight: 3, arbitrary: text },
  fc.jsonValue({ maxDepth: 2 }),
  fc.integer(),
  fc.double(),
);
const people = fc.oneof(
  fc.array(fc.record({ uid: fc.constantFrom('carol', 'dave'), name: value }), { maxLength: 30 }),
  fc.jsonValue({ maxDepth: 1 }),
);
const picture = fc.oneof(
  value,
  fc.constantFrom('https://img.test/a', `https://img.test/${'x'.repeat(1_500)}`, 'https://img.test/é\u202e'),
);
const avatar = fc.constantFrom(null, `https://img.test/${'a'.repeat(740)}`);
const payload = fc
  .record(
    {
      type: fc.oneof(fc.constantFrom(...types), fc.jsonValue({ maxDepth: 1 })),
      content: value,
      caption: value,
      name: value,
      title: value,
      placeholder: value,
      plain: value,
      users: people,
      extra: people,
      user: fc.record({ name: value }),
      mention: fc.oneof(
        fc.record({ all: fc.constantFrom(0, 1), uids: people }),
        fc.jsonValue({ maxDepth: 1 }),
      ),
      timeTrad: value,
      second: value,
      call_type: value,
      result_type: value,
      channel_type: value,
      from_name: value,
      url: picture,
      cover: picture,
    },
    { requiredKeys: ['type'] },
  )
  .map((object) => Buffer.from(JSON.stringify(object)));
const id = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 });

interface Shown {
  readonly message: Message;
  readonly notification: Notification;
  /** The same, held back by a storm. */
  readonly summary: Notification;
}

const shown = (
  bytes: fc.Arbitrary<Uint8Array>,
  preview: fc.Arbitrary<'full' | 'sender' | 'none'>,
  setting = 0,
  ids: fc.Arbitrary<string> = id,
) =>
  fc
    .record({
      bytes,
      preview,
      channelType: fc.integer({ min: 0, max: 13 }),
      locale: fc.constantFrom(...Object.keys(shippedTexts)),
      senderName: fc.option(text),
      channelName: fc.option(text),
      senderAvatarUrl: avatar,
      displayName: fc.option(fc.constant('Acme')),
      fromUid: ids,
      channelId: ids,
    })
    .map(({ bytes: written, locale, fromUid, channelId, channelType, ...names }): Shown => {
      const message: Message = {
        messageId: '2124457484096540672',
        messageSeq: 7,
        clientMsgNo: 'c1',
        fromUid,
        channelId,
        channelType,
        topic: '',
        setting,
        noPersist: false,
        redDot: true,
        syncOnce: false,
        expireSeconds: 0,
        timestampSeconds: 1795345109,
        payload: Buffer.from(written).toString('base64'),
      };
      const content = reader.read(message);
      const input = {
        ...names,
        message,
        content,
        catalogue: catalogues.of(locale),
        mention: mentionOf(content, 'carol'),
        reader: namedReader(content, 'carol'),
        expiresAtMs: null,
      };
      return { message, notification: renderNotification(input), summary: renderSummary(input, 3) };
    });

const anyPreview = fc.constantFrom('full', 'sender', 'none');
const styles = [
  { dataStyle: 'nested', mutableContent: true },
  { dataStyle: 'flat', mutableContent: false },
] as const;

/** What would go over the wire to each kind of phone. */
function* wires(notification: Notification): Generator<{ bytes: Buffer; limited: number; limit: number }> {
  for (const style of styles)
    for (const tokenKind of ['alert', 'voip'] as const) {
      const bytes = new ApnsPayloads(notification, 'com.example', style).of(tokenKind, false)?.body(null);
      if (bytes === undefined) throw new Error('an APNs payload does not fit');
      yield { bytes, limited: bytes.length, limit: tokenKind === 'voip' ? 5120 : 4096 };
    }
  for (const androidMode of ['notification', 'data'] as const) {
    const style = { androidMode, androidChannelId: null, apnsTopic: null, ...styles[0] };
    const delivery = { id: 'd', token: 't' } as never;
    const bytes = new FcmMessages(notification, style, 0).of('android', false)?.body(delivery, null);
    if (bytes === undefined) throw new Error('an FCM message does not fit');
    yield { bytes, limited: fcmBytes(JSON.parse(bytes.toString()).message), limit: 4096 };
  }
}

/** Google counts keys and values of what the phone gets, not the JSON around them. */
function fcmBytes({
  data,
  notification,
}: Record<'data' | 'notification', Record<string, string> | undefined>): number {
  return Object.entries({ ...data, ...notification }).reduce(
    (sum, [key, field]) => sum + Buffer.byteLength(key) + Buffer.byteLength(field),
    0,
  );
}

function expectFit({ notification }: Shown): void {
  for (const { bytes, limited, limit } of wires(notification)) {
    expect(isUtf8(bytes)).toBe(true);
    expect(limited).toBeLessThanOrEqual(limit);
    expect(JSON.stringify(JSON.parse(bytes.toString()))).not.toMatch(/\\ud[89a-f]/);
  }
  for (const words of [notification.title ?? '', notification.body ?? '']) {
    expect(words).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\ufeff]/);
    expect(words.match(/\u2068/g)?.length).toBe(words.match(/\u2069/g)?.length);
  }
}

describe('any payload, in any language', () => {
  it('of bytes fits on the wire', () => {
    fc.assert(fc.property(shown(fc.uint8Array({ maxLength: 300 }), anyPreview), expectFit), { numRuns: 100 });
  });

  it('of JSON fits on the wire', () => {
    fc.assert(fc.property(shown(payload, anyPreview), expectFit), { numRuns: 100 });
  });

  const secret = 'Zxq7';
  const secrets = payload.map((bytes) => {
    const hide = (key: string, field: unknown) => {
      if (typeof field !== 'string' || key === 'from_name') return field;
      return field.startsWith('https:') ? `${field}${secret}` : `${secret}${field}`;
    };
    return Buffer.from(JSON.stringify(JSON.parse(bytes.toString()), hide));
  });
  const wireOf = (notification: Notification) =>
    [...wires(notification)].map(({ bytes }) => bytes.toString()).join('\n');

  it.each(['sender', 'none'] as const)('shows nothing of itself with the preview %s', (preview) => {
    const run = ({ notification }: Shown) => expect(wireOf(notification)).not.toContain(secret);
    fc.assert(fc.property(shown(secrets, fc.constant(preview)), run), { numRuns: 100 });
  });

  it('shows nothing of itself as ciphertext', () => {
    const run = ({ notification }: Shown) => expect(wireOf(notification)).not.toContain(secret);
    fc.assert(fc.property(shown(secrets, anyPreview, 0x20), run), { numRuns: 100 });
  });

  it('shows no name with the preview none', () => {
    const run = ({ notification }: Shown) => expect([null, 'Acme']).toContain(notification.title);
    fc.assert(fc.property(shown(payload, fc.constant('none')), run), { numRuns: 100 });
  });

  it('names neither sender nor conversation with the preview none', () => {
    const hidden = shown(payload, fc.constant('none'), 0, fc.uuid());
    const run = ({ message, notification, summary }: Shown) => {
      for (const wire of [wireOf(notification), wireOf(summary)])
        for (const name of [message.fromUid, message.channelId]) expect(wire).not.toContain(name);
    };
    fc.assert(fc.property(hidden, run), { numRuns: 200 });
  });

  it.each([
    ['a megabyte of text', JSON.stringify({ type: 1, content: 'héllo '.repeat(200_000) })],
    ['deep nesting', `{"type":1,"content":${'['.repeat(200_000)}${']'.repeat(200_000)}}`],
    ['many values', JSON.stringify({ type: 1, content: 'x', a: Array.from({ length: 100_000 }, () => 1) })],
  ])('of %s fits on the wire', (_, json) => {
    fc.assert(fc.property(shown(fc.constant(Buffer.from(json)), anyPreview), expectFit), { numRuns: 5 });
  });
});
