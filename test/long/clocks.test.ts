import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { reply } from '../../src/sandbox/answer';
import {
  api,
  closeConnections,
  metric,
  postFixture,
  postMessage,
  registerApns,
  registerFcm,
} from '../helpers/client';
import { describeOnEachStore } from '../helpers/each-store';
import { Fakes } from '../helpers/fakes';
import { FakeReceiver } from '../helpers/receiver';
import { temporaryDirectory, type RelayProcess } from '../helpers/relay-process';
import { faketimeLibrary, ShiftedClock } from '../helpers/shifted-clock';

const hour = 3_600;
const patience = { timeoutMs: 100_000 };

/** Both providers have each got so many. */
async function acceptedByBoth({ sandbox }: Fakes, count: number): Promise<void> {
  await Promise.all([
    sandbox.apns.waitForAccepted(count, patience),
    sandbox.fcm.waitForAccepted(count, patience),
  ]);
}

async function bothRefuse(relay: RelayProcess): Promise<void> {
  for (const provider of ['apns', 'fcm'])
    await relay.logged((line) => line['event'] === 'credential_paused' && line['provider'] === provider);
}

interface Given {
  readonly fakes: Fakes;
  readonly start: (clock: ShiftedClock) => Promise<RelayProcess>;
}

/** Plays with providers and a store directory of its own. */
async function given(
  env: Readonly<Record<string, string>>,
  play: (given: Given) => Promise<void>,
): Promise<void> {
  await using fakes = await Fakes.start({ minTokenUpdateIntervalMs: 0 });
  const dataDir = await temporaryDirectory();
  /** Nothing here waits for the interval of probes: a set clock and a start are reasons of their own. */
  const start = (clock: ShiftedClock) =>
    fakes.startRelay({
      dataDir,
      env: { ...env, REDIS_PREFIX: `${dataDir}:`, ...clock.env },
      yaml: 'delivery: { probe_interval_seconds: 3600 }',
    });
  await play({ fakes, start });
  await rm(dataDir, { recursive: true, force: true });
}

async function both(relay: RelayProcess, uid: string): Promise<void> {
  await registerApns(relay.url, uid);
  await registerFcm(relay.url, uid);
}

async function kill(relay: RelayProcess): Promise<void> {
  const ended = once(relay.child, 'exit');
  relay.signal('SIGKILL');
  await ended;
}

if (faketimeLibrary === null) {
  // The hosted checks and `.ci/run` install it.
  const isRequired = process.env['CI'] === 'true';
  (isRequired ? it : it.skip)('has libfaketime, which shifts the clock', () =>
    expect(faketimeLibrary).not.toBeNull(),
  );
} else
  describeOnEachStore(
    'a wall clock that is wrong',
    (store) => {
      const rows: [string, (given: Given) => Promise<void>][] = [];
      const playing = new Map<string, Promise<void>>();

      // Side by side, because nearly all of their time is the wait for a retry.
      beforeAll(() => {
        for (const [name, play] of rows) {
          const end = given(store.env(), play);
          end.catch(() => {});
          playing.set(name, end);
        }
      });

      afterAll(closeConnections);

      for (const aheadSeconds of [8 * hour, 600])
        rows.push([
          `sends when a clock ${aheadSeconds} s ahead at the start is right again`,
          async ({ fakes, start }) => {
            const clock = await ShiftedClock.create(aheadSeconds);
            const relay = await start(clock);
            await both(relay, 'ann');
            await postMessage(relay.url, { to: ['ann'] });
            await bothRefuse(relay);
            await clock.set(0);
            await postMessage(relay.url, { to: ['ann'] });
            await acceptedByBoth(fakes, 2);
            expect(await metric(relay.url, 'relay_dead_letters')).toBe(0);
            await relay.stop();
          },
        ]);

      rows.push([
        'sends what was parked 8 hours ahead when a process starts with the right clock',
        async ({ fakes, start }) => {
          const clock = await ShiftedClock.create(8 * hour);
          const wrong = await start(clock);
          await both(wrong, 'ann');
          await postMessage(wrong.url, { to: ['ann'] });
          await bothRefuse(wrong);
          await kill(wrong);
          await clock.set(0);
          const right = await start(clock);
          await acceptedByBoth(fakes, 1);
          expect((await api(right.url, 'GET', '/dead-letters')).body.items).toEqual([]);
          await right.stop();
        },
      ]);

      rows.push([
        'keeps what is parked over a start 8 hours ahead',
        async ({ fakes, start }) => {
          const clock = await ShiftedClock.create(0);
          const before = await start(clock);
          await both(before, 'ann');
          const { apns, fcm } = fakes.sandbox;
          const rules = [
            apns.script({ answer: reply(403, 'InvalidProviderToken') }),
            fcm.script({ answer: reply(403, 'PERMISSION_DENIED') }),
          ];
          await postMessage(before.url, { to: ['ann'] });
          await bothRefuse(before);
          await kill(before);
          for (const rule of rules) rule.remove();
          await clock.set(8 * hour);
          const ahead = await start(clock);
          await postMessage(ahead.url, { to: ['ann'] });
          await bothRefuse(ahead);
          await clock.set(0);
          await acceptedByBoth(fakes, 2);
          expect((await api(ahead.url, 'GET', '/dead-letters')).body.items).toEqual([]);
          await ahead.stop();
        },
      ]);

      // Ahead only: a provider token that is dated by a clock 8 hours back is refused, as a real provider does.
      rows.push([
        'sends what is posted after the clock was set 8 hours ahead, with no wait for the doubt to end',
        async ({ fakes, start }) => {
          const clock = await ShiftedClock.create(0);
          const relay = await start(clock);
          await both(relay, 'ann');
          await postMessage(relay.url, { to: ['ann'] });
          await acceptedByBoth(fakes, 1);
          await clock.set(8 * hour);
          await postMessage(relay.url, { to: ['ann'] });
          await acceptedByBoth(fakes, 2);
          expect((await api(relay.url, 'GET', '/dead-letters')).body.items).toEqual([]);
          await relay.stop();
        },
      ]);

      for (const [words, first, then] of [
        ['is set 10 minutes back', 0, -600],
        ['is set 10 minutes ahead', 0, 600],
        ['is 2 minutes ahead of the store', 120, 120],
        ['is 2 minutes behind the store', -120, -120],
      ] as const)
        rows.push([
          `retries within the bounds while the clock ${words}`,
          async ({ fakes, start }) => {
            const clock = await ShiftedClock.create(first);
            const relay = await start(clock);
            await registerApns(relay.url, 'ann');
            const { apns } = fakes.sandbox;
            apns.script({ times: 1, answer: reply(503, 'ServiceUnavailable') });
            const refused = new Promise<number>((resolve) => apns.onRejected(({ atMs }) => resolve(atMs)));
            await postMessage(relay.url, { to: ['ann'] });
            const refusedAtMs = await refused;
            await clock.set(then);
            const [push] = await apns.waitForAccepted(1, patience);
            // At least the floor of 5 s, and far from minutes.
            expect(push!.receivedAtMs - refusedAtMs).toBeGreaterThanOrEqual(4_990);
            await relay.stop();
          },
        ]);

      it.each(rows.map(([name]) => name))('%s', (name) => playing.get(name));
    },
    ['embedded', 'redis'],
  );

(faketimeLibrary === null ? describe.skip : describe)('webhooks that wait for a receiver', () => {
  it('are forwarded although the clock was set two days ahead meanwhile', async () => {
    await using fakes = await Fakes.start();
    await using receiver = await FakeReceiver.start();
    await receiver.down();
    const clock = await ShiftedClock.create(0);
    await using relay = await fakes.startRelay({
      env: clock.env,
      yaml: `webhook: { forward: [{ url: "${receiver.url}" }] }`,
    });
    await postFixture(relay.url, 'v2/online-app-connect');
    await postFixture(relay.url, 'v2/notify-single');
    await relay.logged(({ event }) => event === 'forward_receiver_away');
    await clock.set(48 * hour);
    await receiver.up();
    await receiver.waitFor(2);
    expect((await api(relay.url, 'GET', '/dead-letters')).body.items).toEqual([]);
  });
});

describe('the provider token', () => {
  it.each(['SIGTERM', 'SIGKILL'] as const)(
    'outlives a restart by %s on the embedded store',
    async (signal) => {
      // As Apple's page has it: by key, however many connections.
      await using fakes = await Fakes.start({ tokenUpdateScope: 'key' });
      const dataDir = await temporaryDirectory();
      for (let run = 1; run <= 3; run += 1) {
        const relay = await fakes.startRelay({ dataDir });
        if (run === 1) await registerApns(relay.url, 'ann');
        await postMessage(relay.url, { to: ['ann'] });
        await fakes.sandbox.apns.waitForAccepted(run, patience);
        const ended = once(relay.child, 'exit');
        relay.signal(signal);
        await ended;
      }
      expect(fakes.sandbox.apns.counts.rejected).toEqual({});
      closeConnections();
      await rm(dataDir, { recursive: true, force: true });
    },
  );
});
