import { Registry } from 'prom-client';
import { silentLogger } from '../domain/logger';
import type { Outcome } from '../domain/outcome';
import type { DeadLetter } from '../domain/dead-letter';
import { createDeliveryEvents } from './delivery-events';

const route = {
  id: 'apns/production/default',
  app: 'default',
  lane: 'production',
  provider: { name: 'apns' as const },
};
const device = { uid: 'carol', deviceId: 'phone', tokenKind: 'alert' as const, token: 'ab'.repeat(32) };
const letter: DeadLetter = {
  id: 'l',
  atMs: 0,
  source: 'delivery',
  reason: 'PayloadTooLarge',
  detail: null,
  messageId: 'm',
  route: route.id,
  receivedAtMs: 0,
  recipients: [],
  body: Buffer.from('a secret text'),
  bodyTruncated: false,
};

function makeEvents() {
  const clock = { time: 0, now: () => clock.time, monotonicMs: () => clock.time };
  const lines: { readonly level: string; readonly text: string; readonly fields: object }[] = [];
  const log = (level: string) => (fields: object, text?: string) =>
    void lines.push({ level, text: text ?? '', fields });
  const logger = { ...silentLogger, ...levelsOf(log) };
  const registry = new Registry();
  return { clock, lines, registry, events: createDeliveryEvents({ logger, registry, clock }) };
}

function levelsOf(log: (level: string) => (fields: object, text?: string) => void) {
  return { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') };
}

type Events = ReturnType<typeof createDeliveryEvents>;

describe('delivery events', () => {
  it.each<[string, (events: Events) => void]>([
    ['a removed device token', (events) => events.deviceTokenForgotten(route, device, 'Unregistered')],
    ['a wrong topic', (events) => events.wrongTopic(route, 'DeviceTokenNotForTopic')],
    ['a rejected payload', (events) => events.payloadRejected(route, 'PayloadTooLarge')],
    ['the prune brake', (events) => events.pruneBraked(route, 'Unregistered')],
    ['a dead letter', (events) => events.deadLettered(letter)],
  ])('write of %s five lines per second, then how many were left out', (_, happen) => {
    const { clock, lines, events } = makeEvents();
    for (let count = 0; count < 100_000; count += 1) happen(events);
    expect(lines).toHaveLength(5);
    clock.time = 1_000;
    happen(events);
    expect(lines.at(-1)?.fields).toMatchObject({ suppressed: 99_995 });
    expect(JSON.stringify(lines)).not.toContain('secret');
  });

  it('hold back no other kind of line', () => {
    const { lines, events } = makeEvents();
    for (let count = 0; count < 100; count += 1) events.wrongTopic(route, 'DeviceTokenNotForTopic');
    events.payloadRejected(route, 'PayloadTooLarge');
    expect(lines.at(-1)).toMatchObject({ level: 'error', fields: { event: 'push_rejected' } });
  });

  it('let no store that is away take the place of a fault', () => {
    const { lines, events } = makeEvents();
    const away = Object.assign(new Error('away'), { name: 'StoreUnavailableError' });
    events.settleFailed(away, 1);
    for (let count = 0; count < 3; count += 1) events.settleFailed(new TypeError('a fault'), 1);
    const faults = lines.filter(({ fields }) => 'err' in fields && fields.err instanceof TypeError);
    expect(faults).toHaveLength(1);
  });

  it('count what was refused without asking the provider, and no time of its answer', async () => {
    const { registry, events } = makeEvents();
    const refused: Outcome = { kind: 'refused_locally', reason: 'payload_too_large', blame: 'payload' };
    events.attempted(route, refused, 0);
    const text = await registry.metrics();
    expect(text).toContain(
      'relay_deliveries_total{provider="apns",app="default",outcome="refused_locally"} 1',
    );
    expect(text).not.toContain('relay_provider_request_seconds_count{provider="apns"}');
  });
});
