import { reply } from '../../src/sandbox/answer';
import {
  apnsToken,
  closeConnections,
  eventually,
  metric,
  postMessage,
  registerApns,
} from '../helpers/client';
import { describeOnEachStore } from '../helpers/each-store';
import { Fakes } from '../helpers/fakes';
import type { RelayProcess } from '../helpers/relay-process';

/** What one device has to wait for, whichever relay works on it. */
describeOnEachStore('devices that have to wait', (store) => {
  let fakes: Fakes;
  let relays: RelayProcess[];

  beforeAll(async () => {
    fakes = await Fakes.start();
    const env = store.env();
    // One process only on the embedded store.
    const count = 'REDIS_URL' in env ? 2 : 1;
    relays = await Promise.all(
      Array.from({ length: count }, () => fakes.startRelay({ yaml: shortWaits, env })),
    );
  });

  afterAll(async () => {
    closeConnections();
    for (const relay of relays) await relay.stop();
    await fakes[Symbol.asyncDispose]();
  });

  afterEach(() => fakes.sandbox.reset());

  const url = (index: number): string => relays[index % relays.length]?.url ?? '';
  const workedOff = (name: string) =>
    eventually(
      () => metric(url(0), name),
      (count) => count === 0,
    );

  it('are left in peace by every replica for as long as the provider asked, and then get everything', async () => {
    const { apns } = fakes.sandbox;
    await registerApns(url(0), 'thea');
    await registerApns(url(0), 'other');
    const throttled = apnsToken('thea/phone');
    apns.script({
      when: { token: throttled },
      times: 1,
      answer: reply(429, 'TooManyRequests', { retryAfterSeconds: 6 }),
    });
    const refused = new Promise<number>((resolve) => apns.onRejected(({ atMs }) => resolve(atMs)));
    await postMessage(url(0), { to: ['thea'] });
    const refusedAtMs = await refused;
    // The record is there once the retry is: both are written after the answer.
    await eventually(
      () => metric(url(0), 'relay_retries_pending'),
      (count) => count === 1,
    );
    for (let index = 0; index < 12; index += 1) await postMessage(url(index), { to: ['thea'] });
    await postMessage(url(1), { to: ['other'] });
    await apns.waitForAccepted(1);
    const pushes = await apns.waitForAccepted(14);
    const early = pushes.filter(
      (push) => push.token === throttled && push.receivedAtMs < refusedAtMs + 5_900,
    );
    expect(early).toEqual([]);
    expect(apns.counts.rejected).toEqual({ TooManyRequests: 1 });
    await workedOff('relay_retries_pending');
  });
});

describe('a storm on one device', () => {
  let fakes: Fakes;
  let relay: RelayProcess;

  beforeAll(async () => {
    fakes = await Fakes.start();
    relay = await fakes.startRelay({ yaml: earlyStorms });
  });

  afterAll(async () => {
    closeConnections();
    await relay.stop();
    await fakes[Symbol.asyncDispose]();
  });

  it('ends with its summary, with the same count, though the first attempt at it failed', async () => {
    const { apns } = fakes.sandbox;
    await registerApns(relay.url, 'stella');
    const failed = new Promise<string>((resolve) => {
      let first = true;
      apns.script(({ headers, body }) => {
        if (!first || !String(headers['apns-collapse-id']).startsWith('storm:')) return null;
        first = false;
        resolve(alertOf(JSON.parse(body.toString()) as object));
        return reply(503, 'Shutdown');
      });
    });
    // Though a minute may end among them, more than one of these are too many.
    for (let index = 0; index < 8; index += 1)
      await postMessage(relay.url, { to: ['stella'], channelId: 'storm', channelType: 2 });
    const wanted = await failed;
    const summary = await apns.waitForAccepted((push) =>
      String(push.headers['apns-collapse-id']).startsWith('storm:'),
    );
    expect(wanted).toMatch(/^\d+ new messages$/);
    expect(alertOf(summary.payload)).toBe(wanted);
  });
});

function alertOf(payload: object): string {
  return (payload as { aps: { alert: { body: string } } }).aps.alert.body;
}

const earlyStorms = `
delivery:
  storm_conversation_per_minute: 1
  storm_summary_seconds: 3
  retry: { unavailable: { apns_floor_seconds: 0.2, base_seconds: 0.1 } }
`;

const shortWaits = `
delivery:
  storm: off
  retry: { throttled: { apns_floor_seconds: 0.2, base_seconds: 0.1 } }
`;
