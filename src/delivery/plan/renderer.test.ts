import { Catalogues } from '../../content/catalogues';
import { MessageReader } from '../../content/message-content';
import { encodeBody } from '../../domain/body';
import type { Device } from '../../domain/device';
import type { Message } from '../../domain/message';
import type { Recipient } from '../../domain/people';
import { plainSenders } from '../../../test/helpers/content-rules';
import { DecodedEvents, type DecodedEvent, type Names } from './decoded-event';
import { Renderer } from './renderer';

const names: Names = { member: 'Captain', sender: 'Alice', avatarUrl: null, channel: 'Team' };

function eventOf(): DecodedEvent {
  const rules = { types: {}, unknown: 'neutral', callTypes: [], callCommands: [], ...plainSenders } as const;
  const events = new DecodedEvents({ maxAgeMs: 1, ttlMs: 1, callTtlMs: 1 }, new MessageReader(rules));
  const message = {
    messageId: '1',
    fromUid: 'alice',
    channelId: 'team',
    channelType: 2,
    setting: 0,
    payload: Buffer.from('{"type":1,"content":"hi"}').toString('base64'),
  } as Message;
  return events.readOnce('b1', encodeBody({ kind: 'message', message }), 0);
}

describe('Renderer', () => {
  const renderer = new Renderer(new Catalogues(), {
    locale: 'en',
    preview: 'full',
    apps: new Map(),
  } as never);
  const render = (event: DecodedEvent, uid: string, alias?: string) => {
    const device = { uid, app: 'default', platform: 'ios', locale: 'en', preview: null } as Device;
    const recipient: Recipient = { uid, devices: [device], preferences: null, mute: null };
    const named = alias === undefined ? recipient : { ...recipient, alias };
    return renderer.notificationFor(event, device, named, 'alert', names);
  };

  it('renders once for all readers without an alias, also behind thousands who have one', () => {
    const event = eventOf();
    for (let reader = 0; reader < 5_000; reader += 1)
      expect(render(event, `aliased${reader}`, `Alias ${reader}`).body).toBe(`Alias ${reader}: hi`);
    const common = new Set<unknown>();
    for (let reader = 0; reader < 5_000; reader += 1) common.add(render(event, `reader${reader}`));
    expect(common.size).toBe(1);
    expect([...common]).toMatchObject([{ body: 'Captain: hi' }]);
    expect(event.notifications.length).toBeLessThan(300);
  });

  it('shares among readers with the same alias', () => {
    const event = eventOf();
    expect(render(event, 'bob', 'Sis')).toBe(render(event, 'carol', 'Sis'));
    expect(render(event, 'bob', 'Sis')).not.toBe(render(event, 'bob'));
  });
});
