import { silentLogger } from '../../domain/logger';
import type { Delivery, Notification } from '../../domain/notification';
import type { Outcome } from '../../domain/outcome';
import type { Provider } from '../../providers/provider';
import { showSandboxPhones } from './sandbox-phones';

function makePhones() {
  const clock = { time: 0, now: () => clock.time, monotonicMs: () => clock.time };
  const lines: object[] = [];
  const logger = {
    ...silentLogger,
    info: (line: object) => void lines.push(line),
  };
  const provider: Provider = {
    name: 'apns',
    app: 'default',
    lanes: ['production'],
    batch: 1,
    check: () => Promise.reject(new Error('nobody checks it')),
    send: (_, deliveries, settle) => {
      for (const delivery of deliveries) settle(delivery, outcomeOf(delivery));
    },
    close: async () => {},
  };
  const shown = showSandboxPhones(logger, clock)(provider);
  const settled: string[] = [];
  const send = (title: string | null, body: string | null, uids: readonly string[]) =>
    shown.send(
      { kind: title === null ? 'background' : 'alert', title, body } as Notification,
      uids.map((uid) => ({ uid, deviceId: 'phone', token: 'abababababababab' }) as Delivery),
      (_, outcome) => settled.push(outcome.kind),
    );
  return { clock, lines, settled, send };
}

function outcomeOf({ uid }: Delivery): Outcome {
  return uid === 'refused'
    ? { kind: 'rejected', reason: 'BadDeviceToken', blame: 'device_token' }
    : { kind: 'accepted', receipt: 'r' };
}

describe('showSandboxPhones', () => {
  it('prints what each phone shows, and passes every outcome on', () => {
    const { lines, settled, send } = makePhones();
    send('Alice', 'See you at six', ['carol', 'refused']);
    send(null, null, ['dave']);
    const shown = { event: 'sandbox_push_shown', provider: 'apns', deviceId: 'phone' };
    expect(lines).toEqual([
      { ...shown, uid: 'carol', text: 'Alice — See you at six' },
      { ...shown, uid: 'dave', text: 'a background notification without text' },
    ]);
    expect(settled).toEqual(['accepted', 'rejected', 'accepted']);
    expect(JSON.stringify(lines)).not.toContain('abab');
  });

  it('prints 20 of a group per second, and how many it left out', () => {
    const { clock, lines, settled, send } = makePhones();
    send(
      'Team',
      'Hello',
      Array.from({ length: 1_000 }, (_, index) => `u${index}`),
    );
    expect([lines.length, settled.length]).toEqual([20, 1_000]);
    clock.time = 1_000;
    send('Team', 'Hello', ['last']);
    expect(lines.at(-1)).toMatchObject({ uid: 'last', text: 'Team — Hello', suppressed: 980 });
  });
});
