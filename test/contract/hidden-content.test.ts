import fc from 'fast-check';
import { readPush } from '../../src/api/direct-push';
import { Catalogues, shippedTexts } from '../../src/content/catalogues';
import { MessageReader } from '../../src/content/message-content';
import { encodeBody, type WorkBody } from '../../src/domain/body';
import type { Device, Preview } from '../../src/domain/device';
import type { Notification } from '../../src/domain/notification';
import type { Preferences, Recipient } from '../../src/domain/people';
import { DecodedEvents, type DecodedEvent, type Names } from '../../src/delivery/plan/decoded-event';
import { Renderer } from '../../src/delivery/plan/renderer';

// The same values each time; other seeds find more.
fc.configureGlobal({ seed: 20_261_130 });

/** Of the payload. */
const text = 'Zxq7text';
/** Of who speaks and where. */
const place = 'Zxq7place';

const reader = new MessageReader({
  types: {
    101: {
      text: { en: '{content}' },
      isPushed: true,
      priority: 'normal',
      androidChannelId: `${place}-channel-of-the-type`,
    },
  },
  unknown: 'neutral',
  callTypes: [102],
  callCommands: ['room.invoke'],
  systemUids: ['____system', `${place}-server`],
  trustPayloadNames: true,
  imageHosts: ['img.test'],
  dataFields: ['order.id', 'content'],
  passCiphertext: true,
});
const types = [
  1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 13, 14, 16, 57, 97, 98, 99, 101, 102, 1002, 1006, 1200, 2000, 9989,
];

const people = [{ uid: 'carol', name: text }, { name: text }];
const payload = fc.record(
  {
    type: fc.constantFrom(...types),
    content: fc.constantFrom(text, `{0} ${text}`, [{ type: 'text', text }]),
    caption: fc.constant(text),
    name: fc.constant(text),
    title: fc.constant(text),
    placeholder: fc.constant(`[${text}]`),
    users: fc.constant(people),
    extra: fc.constant(people),
    order: fc.constant({ id: text }),
    url: fc.constant(`https://img.test/${text}`),
    cover: fc.constant(`https://img.test/${text}`),
    from_name: fc.constant(`${place} ${text}`),
    mention: fc.constantFrom({ all: 1 }, { uids: ['carol'] }),
    message_id: fc.constant('2124457484096540671'),
    cmd: fc.constantFrom('room.invoke', 'messageRevoke'),
  },
  { requiredKeys: ['type', 'content'] },
);

const message = fc
  .record({
    payload,
    fromUid: fc.constantFrom(`${place}-alice`, '____system', `${place}-server`),
    channelType: fc.integer({ min: 1, max: 12 }),
    setting: fc.constantFrom(0, 0x20),
  })
  .map(({ payload: object, ...rest }): WorkBody => {
    const encoded = Buffer.from(JSON.stringify(object)).toString('base64');
    const head = {
      messageId: '2124457484096540672',
      messageSeq: 7,
      clientMsgNo: 'c1',
      channelId: `${place}-team`,
    };
    const flags = { topic: '', noPersist: false, redDot: true, syncOnce: false, expireSeconds: 0 };
    return {
      kind: 'message',
      message: { ...head, ...flags, ...rest, timestampSeconds: 1795345109, payload: encoded },
    };
  });

const call = fc
  .record({
    action: fc.constantFrom('invite', 'cancel', 'answered'),
    media: fc.constantFrom('voice', 'video'),
  })
  .map((rest): WorkBody => ({
    kind: 'call',
    call: { id: 'i', callId: 'c', fromUid: `${place}-alice`, atMs: 0, ttlSeconds: null, ...rest },
  }));

const read = fc
  .record({ channelType: fc.constantFrom(1, 2), upToSeq: fc.constantFrom(null, 7) })
  .map((rest): WorkBody => ({
    kind: 'push',
    push: readPush('p', { ...rest, channelId: `${place}-team` }, 60),
  }));

const names: Names = {
  member: `${place} Captain`,
  sender: `${place} Alice`,
  avatarUrl: `https://img.test/${place}.png`,
  channel: `${place} Team`,
};

const preview = fc.constantFrom<Preview | null>(null, 'full', 'sender', 'none');

interface Shown {
  readonly preview: Preview;
  readonly notifications: readonly Notification[];
}

const shown = (bodies: fc.Arbitrary<WorkBody>): fc.Arbitrary<Shown> =>
  fc
    .record({
      body: bodies,
      ofDevice: preview,
      ofUser: preview,
      ofApp: preview,
      ofAll: fc.constantFrom<Preview>('full', 'sender', 'none'),
      hasPreferences: fc.boolean(),
      alias: fc.constantFrom(undefined, `${place} Sis`),
      platform: fc.constantFrom('ios', 'android', 'web'),
      voipToken: fc.constantFrom(null, 'v'),
      tokenKind: fc.constantFrom('alert', 'voip'),
      locale: fc.constantFrom(...Object.keys(shippedTexts)),
      collapse: fc.constantFrom('message', 'conversation'),
    })
    .map(({ body, ofDevice, ofUser, ofApp, ofAll, hasPreferences, alias, tokenKind, collapse, ...rest }) => {
      const events = new DecodedEvents({ maxAgeMs: 1, ttlMs: 1, callTtlMs: 1 }, reader);
      const event = events.readOnce('b1', encodeBody(body), 0);
      const apps = new Map([['default', { displayName: 'Acme', defaultLocale: null, preview: ofApp }]]);
      const renderer = new Renderer(new Catalogues(), {
        locale: 'en',
        preview: ofAll,
        collapse,
        apps,
      });
      const device = { uid: 'carol', app: 'default', preview: ofDevice, ...rest } as Device;
      const preferences = hasPreferences ? ({ locale: null, preview: ofUser } as Preferences) : null;
      const named = alias === undefined ? {} : { alias };
      const recipient: Recipient = { uid: 'carol', devices: [device], preferences, mute: null, ...named };
      return {
        preview: ofDevice ?? (hasPreferences ? ofUser : null) ?? ofApp ?? ofAll,
        notifications: allOf(renderer, event, device, recipient, tokenKind),
      };
    });

/** Everything that an event can become on one device. */
function allOf(
  renderer: Renderer,
  event: DecodedEvent,
  device: Device,
  recipient: Recipient,
  tokenKind: 'alert' | 'voip',
): Notification[] {
  const one = (unread: number) =>
    renderer.notificationFor(event, device, recipient, tokenKind, names, unread);
  if (event.content === null || event.call !== null) return [one(0)];
  const summary = renderer.summaryFor(event, device, recipient, names, 3);
  return [one(0), one(3), summary, renderer.badgeFor(event, 0)];
}

// A provider knows nothing but the notification, its own options, and whom a delivery is for.
describe('what a preview hides leaves in nothing that a provider is given', () => {
  it.each([
    ['a message', message],
    ['a call', call],
    ['what was read', read],
  ])('of %s', (_, bodies) => {
    const run = (one: Shown) => {
      for (const notification of one.notifications) {
        const json = JSON.stringify(notification);
        if (one.preview !== 'full') expect(json.replaceAll(`${place} ${text}`, '')).not.toContain(text);
        if (one.preview === 'none') expect(json).not.toContain(place);
        if (one.preview === 'none') expect(notification.category).not.toBe('mention');
      }
    };
    fc.assert(fc.property(shown(bodies), run), { numRuns: 300 });
  });
});
