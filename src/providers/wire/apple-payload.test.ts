import type { Notification } from '../../domain/notification';
import { applePayload, badgeOf } from './apple-payload';
import { sampleNotification } from '../../../test/helpers/sample-notification';
import { appleHeaders, collapseHeader } from './apple-headers';

const fields = {
  message_id: '9223372036854775807',
  message_seq: 7,
  client_msg_no: 'c1',
  from_uid: 'alice',
  channel_id: 'alice',
  channel_type: 1,
  timestamp: 1_700_000_000,
};
const base: Notification = { ...sampleNotification, body: 'hello' };
const nested = { dataStyle: 'nested', mutableContent: false } as const;

function build(
  notification: Notification,
  badge: number | null = null,
  style: Parameters<typeof applePayload>[3] = nested,
) {
  const texts = applePayload(notification, 'alert', badge !== null, style);
  return texts === null ? null : (JSON.parse(texts.join(String(badge))) as Record<string, unknown>);
}

describe('applePayload', () => {
  it('carries what the contract says a phone gets', () => {
    expect(build({ ...base, subtitle: 'Team' })).toEqual({
      aps: {
        alert: { title: 'Alice', subtitle: 'Team', body: 'hello' },
        sound: 'default',
        'thread-id': '1:alice',
      },
      wukongim: fields,
    });
  });

  it('puts a badge in beside the rest, 0 too', () => {
    expect(build(base, 0)).toMatchObject({ aps: { badge: 0, alert: { body: 'hello' } }, wukongim: fields });
    const empty = { ...base, title: null, body: null, sound: null, threadId: null };
    expect(build(empty, 5)).toEqual({ aps: { badge: 5 }, wukongim: fields });
    expect(build({ ...empty, conversation: null })).toEqual({ aps: {} });
  });

  it('has the fields at the top level in the flat style', () => {
    expect(build(base, null, { dataStyle: 'flat', mutableContent: false })).toMatchObject(fields);
  });

  it('is mutable where the app wants it, or an image is sent', () => {
    expect(build(base, null, { dataStyle: 'nested', mutableContent: true })).toHaveProperty(
      ['aps', 'mutable-content'],
      1,
    );
    const image = build({ ...base, imageUrl: 'https://example.com/a.png' });
    expect(image).toHaveProperty(['aps', 'mutable-content'], 1);
    expect(image).toHaveProperty('image_url', 'https://example.com/a.png');
  });

  it('has the data of an app server at the top level, which replaces nothing of its own', () => {
    const data = { order: '42', '1': 'one', aps: 'evil', wukongim: 'evil', __proto__x: 'p' };
    expect(build({ ...base, data }, 3)).toEqual({
      aps: expect.objectContaining({ badge: 3 }),
      wukongim: fields,
      order: '42',
      '1': 'one',
      __proto__x: 'p',
    });
    const hostile = JSON.parse('{"__proto__":"x"}') as Record<string, string>;
    expect(applePayload({ ...base, data: hostile }, 'alert', false, nested)?.join('')).toContain(
      '"__proto__":"x"',
    );
  });

  it('shows nothing in the background', () => {
    expect(build({ ...base, kind: 'background' })).toEqual({
      aps: { 'content-available': 1 },
      wukongim: fields,
    });
    expect(build({ ...base, kind: 'background' }, 2)).toEqual({
      aps: { badge: 2, 'content-available': 1 },
      wukongim: fields,
    });
  });

  it.each([
    ['ASCII', 'x'.repeat(6000)],
    ['CJK', '消息'.repeat(3000)],
    ['families', '👨‍👩‍👧‍👦'.repeat(800)],
    ['what JSON escapes', '"\n\u0001'.repeat(2000)],
  ])('shortens a body of %s to 4096 bytes with any badge', (_, body) => {
    for (const hasBadge of [true, false]) {
      const texts = applePayload({ ...base, body }, 'alert', hasBadge, nested) as string[];
      const json = texts.join('2147483647');
      expect(Buffer.byteLength(json)).toBeLessThanOrEqual(4096);
      expect(Buffer.byteLength(json)).toBeGreaterThan(4040);
      const payload = JSON.parse(json) as { aps: { alert: { body: string } }; wukongim: unknown };
      expect(payload.aps.alert.body.endsWith('…')).toBe(true);
      expect(payload.wukongim).toEqual(fields);
    }
  });

  it('gives a VoIP push its larger size, and no sound or badge', () => {
    const texts = applePayload(
      { ...base, kind: 'call', body: 'x'.repeat(9000) },
      'voip',
      false,
      nested,
    ) as string[];
    expect(Buffer.byteLength(texts.join(''))).toBeLessThanOrEqual(5120);
    expect(Buffer.byteLength(texts.join(''))).toBeGreaterThan(5000);
    expect(JSON.parse(texts.join(''))).not.toHaveProperty('aps.sound');
  });

  it('refuses what cannot be made to fit', () => {
    expect(build({ ...base, data: { blob: 'x'.repeat(4100) } })).toBeNull();
    expect(
      build({ ...base, kind: 'background', body: 'x'.repeat(9000), data: { blob: 'x'.repeat(4100) } }),
    ).toBeNull();
  });

  it('leaves a badge alone that is no count', () => {
    expect([null, -1, 1.5, NaN, 2 ** 40, 0, 9].map(badgeOf)).toEqual([null, null, null, null, null, 0, 9]);
  });
});

describe('appleHeaders', () => {
  it('are those of an alert', () => {
    expect(appleHeaders(base, 'alert', true, 'com.example')).toEqual({
      'apns-topic': 'com.example',
      'apns-push-type': 'alert',
      'apns-priority': '10',
      'apns-expiration': '1700000600',
      'apns-collapse-id': 'message-1',
    });
    expect(
      appleHeaders(
        { ...base, priority: 'normal', expiresAtMs: null, collapseId: null },
        'alert',
        false,
        null,
      ),
    ).toEqual({
      'apns-push-type': 'alert',
      'apns-priority': '5',
      'apns-expiration': '0',
    });
  });

  it('are those of a background push, whose priority is never 10', () => {
    const background = { ...base, kind: 'background' } as const;
    expect(appleHeaders(background, 'alert', false, 't')).toMatchObject({
      'apns-push-type': 'background',
      'apns-priority': '5',
    });
    expect(appleHeaders(background, 'alert', true, 't')).toMatchObject({
      'apns-push-type': 'alert',
      'apns-priority': '5',
    });
  });

  it('are those of a call: at once or never', () => {
    const call = { ...base, kind: 'call', priority: 'normal' } as const;
    expect(appleHeaders(call, 'voip', false, 't')).toMatchObject({
      'apns-topic': 't.voip',
      'apns-push-type': 'voip',
      'apns-priority': '10',
      'apns-expiration': '0',
    });
    expect(appleHeaders(call, 'alert', false, 't')).toMatchObject({ 'apns-expiration': '0' });
  });

  it('keep a collapse id that a header can carry, and the identity of any other', () => {
    expect(collapseHeader('a'.repeat(64))).toBe('a'.repeat(64));
    for (const id of ['a'.repeat(65), '会话', 'a\r\nb: c', ' x', '']) {
      expect(collapseHeader(id)).toMatch(/^[\w-]{43}$/);
      expect(collapseHeader(id)).toBe(collapseHeader(id));
    }
    expect(collapseHeader('会话')).not.toBe(collapseHeader('會話'));
  });
});
